/* Answers cases (see compare.py) with libical. */
#include <libical/ical.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(void)
{
    static char line[1 << 16];

    icalerror_set_errors_are_fatal(0);
    while (fgets(line, sizeof line, stdin)) {
        char *rule = strtok(line, "\t\n"), *dtstart = strtok(NULL, "\t\n"), *n = strtok(NULL, "\t\n");
        char *begin = strtok(NULL, "\t\n"), *end = strtok(NULL, "\t\n");
        struct icalrecurrencetype recur = icalrecurrencetype_from_string(rule);
        icalrecur_iterator *it = NULL;
        const char *space = "";
        int left = atoi(n);

        if (recur.freq != ICAL_NO_RECURRENCE)
            it = icalrecur_iterator_new(recur, icaltime_from_string(dtstart));
        if (!it) {
            printf("! %s\n", icalerror_strerror(icalerrno));
            icalerror_clear_errno();
            fflush(stdout);
            continue;
        }
        for (;;) {
            struct icaltimetype t = icalrecur_iterator_next(it);
            const char *text = icaltime_as_ical_string(t);
            if (icaltime_is_null_time(t) || strcmp(text, end) >= 0 || left == 0)
                break;
            if (strcmp(text, begin) < 0)
                continue;
            printf("%s%s", space, text);
            space = " ";
            left--;
        }
        icalrecur_iterator_free(it);
        printf("\n");
        fflush(stdout);
    }
    return 0;
}
