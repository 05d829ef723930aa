/* Libical's side of vtimezone.go: the same commands and output, but for
 *
 *     vtimezone print MOMENTS DIR ZONEINFO
 *
 * which needs to know where the machine's zone files are. */
#include <libical/ical.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char text[1 << 20];

static void path(char *out, const char *dir, const char *zone)
{
    char *p = out + sprintf(out, "%s/", dir);

    for (strcpy(p, zone); *p; p++)
        if (*p == '/')
            *p = '%';
}

static void print(const char *zone, const char *file)
{
    icaltimezone *z = icaltimezone_get_builtin_timezone(zone);
    icalcomponent *c = z ? icaltimezone_get_component(z) : NULL;
    FILE *f = c ? fopen(file, "w") : NULL;

    if (f) {
        fputs(icalcomponent_as_ical_string(c), f);
        fclose(f);
    }
}

static icaltimezone *read_zone(const char *file)
{
    FILE *f = fopen(file, "r");
    icaltimezone *z = icaltimezone_new();

    if (!f)
        return NULL;
    text[fread(text, 1, sizeof text - 1, f)] = 0;
    fclose(f);
    return icaltimezone_set_component(z, icalcomponent_new_from_string(text)) ? z : NULL;
}

int main(int argc, char **argv)
{
    char line[256], name[128], file[512];
    int printing = argc == 5, dst;
    FILE *moments = fopen(argv[2], "r");
    icaltimezone *z = NULL;

    icalerror_set_errors_are_fatal(0);
    if (printing) {
        icaltimezone_set_builtin_tzdata(0);
        set_zone_directory(argv[4]);
    }
    while (fgets(line, sizeof line, moments)) {
        char *at = strtok(line, " \n"), *value = strtok(NULL, " \n");

        if (strcmp(at, "ZONE") == 0) {
            strcpy(name, value);
            path(file, argv[3], name);
            if (printing)
                print(name, file);
            else
                z = read_zone(file);
        } else if (z && at[0] == '@') {
            struct icaltimetype t = icaltime_from_timet_with_zone(atol(at + 1), 0, icaltimezone_get_utc_timezone());
            printf("%s %s %d\n", name, at, icaltimezone_get_utc_offset_of_utc_time(z, &t, &dst));
        }
    }
    return 0;
}
