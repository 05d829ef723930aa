package value

import (
	"slices"
	"strings"
)

// A country is how people dial there.
type country struct {
	code  string   // country calling code, ITU-T E.164
	trunk []string // what stands before a national number when dialled at home, longest first; none in closed plans
	exit  []string // what stands before a country code, longest first
	least int      // digits of a national significant number
	most  int
}

// plans is a row for each country: its name in ISO 3166, calling code, trunk
// prefixes, exit codes and the lengths of national significant numbers. "-" is none.
const plans = `
AD 376 - 00 6-9
AE 971 0 00 8-9
AF 93 0 00 9-9
AG 1 1 011 10-10
AI 1 1 011 10-10
AL 355 0 00 8-9
AM 374 0 00 8-8
AO 244 - 00 9-9
AR 54 0 00 10-11
AS 1 1 011 10-10
AT 43 0 00 7-13
AU 61 0 0011,00 9-10
AW 297 - 00 7-7
AX 358 0 00 5-12
AZ 994 0 00 9-9
BA 387 0 00 8-9
BB 1 1 011 10-10
BD 880 0 00 8-10
BE 32 0 00 8-9
BF 226 - 00 8-8
BG 359 0 00 7-9
BH 973 - 00 8-8
BI 257 - 00 8-8
BJ 229 - 00 8-10
BM 1 1 011 10-10
BN 673 - 00 7-7
BO 591 0 00 8-8
BR 55 0 00 10-11
BS 1 1 011 10-10
BT 975 - 00 7-8
BW 267 - 00 7-8
BY 375 80,8,0 810,00 9-9
BZ 501 - 00 7-7
CA 1 1 011 10-10
CD 243 0 00 9-9
CF 236 - 00 8-8
CG 242 - 00 9-9
CH 41 0 00 9-9
CI 225 - 00 10-10
CK 682 - 00 5-5
CL 56 0 00 9-9
CM 237 - 00 8-9
CN 86 0 00 9-11
CO 57 0 00,009,007,005 8-10
CR 506 - 00 8-8
CU 53 0 119 6-8
CV 238 - 00 7-7
CW 599 - 00 7-8
CY 357 - 00 8-8
CZ 420 - 00 9-9
DE 49 0 00 6-13
DJ 253 - 00 8-8
DK 45 - 00 8-8
DM 1 1 011 10-10
DO 1 1 011 10-10
DZ 213 0 00 8-9
EC 593 0 00 8-9
EE 372 - 00 7-8
EG 20 0 00 8-10
ER 291 0 00 7-7
ES 34 - 00 9-9
ET 251 0 00 9-9
FI 358 0 00,990,994,999 5-12
FJ 679 - 00 7-7
FK 500 - 00 5-5
FM 691 - 00 7-7
FO 298 - 00 6-6
FR 33 0 00 9-9
GA 241 0 00 7-8
GB 44 0 00 9-10
GD 1 1 011 10-10
GE 995 0 00 9-9
GF 594 0 00 9-9
GG 44 0 00 10-10
GH 233 0 00 9-9
GI 350 - 00 8-8
GL 299 - 00 6-6
GM 220 - 00 7-7
GN 224 - 00 8-9
GP 590 0 00 9-9
GQ 240 - 00 9-9
GR 30 - 00 10-10
GT 502 - 00 8-8
GU 1 1 011 10-10
GW 245 - 00 7-9
GY 592 - 001 7-7
HK 852 - 001,00 8-8
HN 504 - 00 8-8
HR 385 0 00 8-9
HT 509 - 00 8-8
HU 36 06 00 8-9
ID 62 0 001,008,00 8-12
IE 353 0 00 7-9
IL 972 0 00,012,013,014 8-9
IM 44 0 00 10-10
IN 91 0 00 10-10
IQ 964 0 00 8-10
IR 98 0 00 10-10
IS 354 - 00 7-9
IT 39 - 00 6-11
JE 44 0 00 10-10
JM 1 1 011 10-10
JO 962 0 00 8-9
JP 81 0 010 9-10
KE 254 0 000 9-9
KG 996 0 00 9-9
KH 855 0 001,007 8-9
KI 686 - 00 5-8
KM 269 - 00 7-7
KN 1 1 011 10-10
KP 850 0 00 8-10
KR 82 0 001,002,00700 8-10
KW 965 - 00 7-8
KY 1 1 011 10-10
KZ 7 8 810 10-10
LA 856 0 00 8-10
LB 961 0 00 7-8
LC 1 1 011 10-10
LI 423 - 00 7-9
LK 94 0 00 9-9
LR 231 0 00 7-9
LS 266 - 00 8-8
LT 370 8,0 00 8-8
LU 352 - 00 4-11
LV 371 - 00 8-8
LY 218 0 00 8-9
MA 212 0 00 9-9
MC 377 0 00 8-9
MD 373 0 00 8-8
ME 382 0 00 8-9
MG 261 0 00 9-9
MH 692 1 011 7-7
MK 389 0 00 8-8
ML 223 - 00 8-8
MM 95 0 00 7-10
MN 976 0 001,002 8-8
MO 853 - 00 8-8
MP 1 1 011 10-10
MQ 596 0 00 9-9
MR 222 - 00 8-8
MS 1 1 011 10-10
MT 356 - 00 8-8
MU 230 - 020,00 7-8
MV 960 - 00 7-7
MW 265 0 00 7-9
MX 52 044,045,01 00 10-11
MY 60 0 00 8-10
MZ 258 - 00 8-9
NA 264 0 00 8-9
NC 687 - 00 6-6
NE 227 - 00 8-8
NG 234 0 009 8-10
NI 505 - 00 8-8
NL 31 0 00 9-9
NO 47 - 00 8-8
NP 977 0 00 8-10
NR 674 - 00 7-7
NU 683 - 00 4-7
NZ 64 0 00 8-10
OM 968 - 00 8-8
PA 507 - 00 7-8
PE 51 0 00 8-9
PF 689 - 00 6-8
PG 675 - 00 7-8
PH 63 0 00 8-10
PK 92 0 00 9-10
PL 48 - 00 9-9
PM 508 0 00 6-9
PR 1 1 011 10-10
PS 970 0 00 8-9
PT 351 - 00 9-9
PW 680 - 011 7-7
PY 595 0 00 8-9
QA 974 - 00 7-8
RE 262 0 00 9-9
RO 40 0 00 9-9
RS 381 0 00 8-9
RU 7 8 810 10-10
RW 250 0 00 8-9
SA 966 0 00 8-9
SB 677 - 00 5-7
SC 248 - 00 7-7
SD 249 0 00 9-9
SE 46 0 00 7-9
SG 65 - 001,008 8-8
SI 386 0 00 8-8
SK 421 0 00 9-9
SL 232 0 00 8-8
SM 378 - 00 6-10
SN 221 - 00 9-9
SO 252 0 00 7-9
SR 597 - 00 6-7
SS 211 0 00 9-9
ST 239 - 00 7-7
SV 503 - 00 8-8
SX 1 1 011 10-10
SY 963 0 00 8-9
SZ 268 - 00 8-8
TC 1 1 011 10-10
TD 235 - 00 8-8
TG 228 - 00 8-8
TH 66 0 001,00 8-9
TJ 992 - 810,00 9-9
TL 670 - 00 7-8
TM 993 8 810 8-8
TN 216 - 00 8-8
TO 676 - 00 5-7
TR 90 0 00 10-10
TT 1 1 011 10-10
TV 688 - 00 5-7
TW 886 0 002,00 8-9
TZ 255 0 000 9-9
UA 380 80,8,0 00,810 9-9
UG 256 0 000 9-9
US 1 1 011 10-10
UY 598 0 00 7-8
UZ 998 8 00,810 9-9
VA 39 - 00 6-11
VC 1 1 011 10-10
VE 58 0 00 10-10
VG 1 1 011 10-10
VI 1 1 011 10-10
VN 84 0 00 8-10
VU 678 - 00 5-7
WF 681 - 00 6-6
WS 685 - 0,00 5-7
XK 383 0 00 8-9
YE 967 0 00 7-9
YT 262 0 00 9-9
ZA 27 0 00 9-9
ZM 260 0 00 9-9
ZW 263 0 00 5-10
`

// countries has the plans by ISO 3166 name, byCode by calling code. Of countries
// that share a code byCode has the range of all.
var countries, byCode = func() (map[string]*country, map[string]*country) {
	list := func(s string) []string {
		if s == "-" {
			return nil
		}
		longestFirst := strings.Split(s, ",")
		slices.SortStableFunc(longestFirst, func(a, b string) int { return len(b) - len(a) })
		return longestFirst
	}
	isos, codes := map[string]*country{}, map[string]*country{}
	for row := range strings.Lines(plans) {
		f := strings.Fields(row)
		if len(f) < 5 {
			continue
		}
		c := &country{code: f[1], trunk: list(f[2]), exit: list(f[3])}
		least, most, _ := strings.Cut(f[4], "-")
		c.least, c.most = atoi(least), atoi(most)
		isos[f[0]] = c
		all := codes[c.code]
		if all == nil {
			all = &country{code: c.code, trunk: c.trunk, exit: c.exit, least: c.least, most: c.most}
			codes[c.code] = all
		}
		all.least, all.most = min(all.least, c.least), max(all.most, c.most)
	}
	// Codes that belong to no country: freephone, shared cost, satellites, networks.
	for _, code := range []string{"800", "808", "870", "878", "881", "882", "883", "888", "979"} {
		codes[code] = &country{code: code, least: 6, most: 12}
	}
	return isos, codes
}()

func atoi(s string) int {
	n := 0
	for i := range len(s) {
		n = n*10 + int(s[i]-'0')
	}
	return n
}

// codeOf finds the country code that an international number begins with. No code
// is the beginning of another.
func codeOf(digits string) *country {
	for n := 1; n <= 3 && n < len(digits); n++ {
		if c := byCode[digits[:n]]; c != nil {
			return c
		}
	}
	return nil
}
