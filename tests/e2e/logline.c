/* logline NODE: each line of standard input as a field of an event, through the node's own log; for
 * tests/cli/logs.py. */
#include <stdio.h>
#include <string.h>

#include "main/log.h"

int main(int argc, char **argv)
{
    static char in[1u << 16];
    size_t len = fread(in, 1, sizeof(in) - 1, stdin);
    const struct ptn_log_field fields[] = { { PTN_LOG_FILE, in, 0 },
                                            { PTN_LOG_LINE, NULL, -1 },
                                            { PTN_LOG_WHY, in, 0 } };

    in[len] = '\0';
    if (argc != 2)
        return 2;
    if (strcmp(argv[1], "-") != 0)
        ptn_log_begin(ptn_world_real(), argv[1]);
    ptn_log(PTN_EVENT_RULES_FORMER, fields, sizeof(fields) / sizeof(fields[0]));
    ptn_log_failure(PTN_EVENT_ALONE, (struct ptn_status){ PTN_C_IO }, NULL);
    return 0;
}
