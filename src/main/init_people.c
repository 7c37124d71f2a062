/* main/init_people.c -- the keys of people: made, written once, and not kept in memory. */
#include <stdio.h>
#include <string.h>

#include "main/init_int.h"
#include "main/secret.h"

/* So that a demonstration's orders can be signed without a stack of paper. */
#define DEMONSTRATION_PASSPHRASE "demonstration"

static const char *office_word(enum ptn_init_office office)
{
    switch (office) {
    case PTN_INIT_AUTHORITY:
        return "authority";
    case PTN_INIT_DUTY:
        return "duty";
    case PTN_INIT_PERSONNEL:
    case PTN_INIT_OFFICE_COUNT:
        break;
    }
    return "personnel";
}

static void name_people(struct ptn_init *init)
{
    for (unsigned office = 0; office < PTN_INIT_OFFICE_COUNT; office++)
        for (unsigned i = 1; i <= init->offices[office]; i++) {
            struct ptn_init_person *person = &init->people[init->people_count++];

            person->office = (enum ptn_init_office)office;
            (void)snprintf(person->file, sizeof(person->file), "%s-%u", office_word(person->office),
                           i);
            (void)snprintf(person->name, sizeof(person->name), "%s/%s-%u", init->country,
                           office_word(person->office), i);
        }
}

/* Lines of KEY PASSPHRASE; the passphrase may hold spaces. False at the first that is not for one
 * of the keys, or when one has none. */
static bool read_passphrases(struct ptn_init *init)
{
    char line[PTN_INIT_SECRET_SIZE + 64];
    bool good = true;

    while (good && fgets(line, sizeof(line), stdin) != NULL) {
        size_t word = strcspn(line, " \t");
        size_t i = 0;

        line[strcspn(line, "\r\n")] = '\0';
        while (i < init->people_count && (strlen(init->people[i].file) != word ||
                                          strncmp(init->people[i].file, line, word) != 0))
            i++;
        good = i < init->people_count && line[word] != '\0' &&
               strlen(line + word + 1) < PTN_INIT_SECRET_SIZE;
        if (good)
            memcpy(init->people[i].passphrase, line + word + 1, strlen(line + word + 1) + 1);
    }
    explicit_bzero(line, sizeof(line));
    for (size_t i = 0; good && i < init->people_count; i++)
        good = init->people[i].passphrase[0] != '\0';
    return good;
}

static struct ptn_status take_passphrases(struct ptn_init *init, struct ptn_diag *reterr)
{
    if (init->passphrases)
        return read_passphrases(init)
                   ? PTN_OK
                   : ptn_fail(PTN_C_BAD_INPUT, reterr, 0,
                              "standard input: a line KEY PASSPHRASE for each key is needed");
    for (size_t i = 0; i < init->people_count; i++) {
        if (init->demonstration)
            (void)snprintf(init->people[i].passphrase, PTN_INIT_SECRET_SIZE, "%s",
                           DEMONSTRATION_PASSPHRASE);
        else
            ptn_secret_make(init->world, init->people[i].passphrase);
    }
    return PTN_OK;
}

struct ptn_status ptn_init_people(struct ptn_init *init, struct ptn_diag *reterr)
{
    bool say = !init->passphrases && !init->demonstration;
    struct ptn_status status;

    name_people(init);
    status = take_passphrases(init, reterr);
    for (size_t i = 0; ptn_ok(status) && i < init->people_count; i++) {
        struct ptn_init_person *person = &init->people[i];
        char file[48];
        char path[PTN_INIT_PATH_SIZE];

        (void)snprintf(file, sizeof(file), "%s.key", person->file);
        status = ptn_init_path(path, init->dir, "offline/keys", file);
        if (ptn_ok(status))
            status = ptn_authority_new(init->world, path, ptn_bytes_from_text(person->name),
                                       ptn_bytes_from_text(person->passphrase),
                                       init->demonstration ? PTN_AUTHORITY_COST_LEAST
                                                           : PTN_AUTHORITY_COST_FULL,
                                       person->public_key, reterr);
        if (ptn_ok(status) && say)
            (void)printf("%s\t%s\n", person->file, person->passphrase);
    }
    return status;
}
