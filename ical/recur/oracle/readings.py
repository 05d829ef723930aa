"""Where implementations are known to read RFC 5545 otherwise."""


def settle(case, answer):
    """Puts DTSTART in front where an implementation leaves it out.

    DTSTART is always the first instance and counts against COUNT (RFC 5545
    section 3.3.10). Of the four only rrule-temporal can be told so; the others
    give what the rule produces.
    """
    rule, dtstart, n, begin, end = case
    if begin == dtstart and answer[:1] != [dtstart]:
        answer = [dtstart] + answer
    count = next((int(p[6:]) for p in rule.split(";") if p.startswith("COUNT=")), int(n))
    return answer[:min(count, int(n))]


def reading(name, case, ours, theirs):
    return "?"
