/*
 * main/drill_sweep.c -- an old disk in the drill: a rebuilt variant lies on it, harmless; July's
 * list of hashes does not know it, a rule does; what was found is taken as evidence that a node
 * signs.
 */
#include <stdio.h>
#include <sys/stat.h>

#include "main/drill_int.h"

#define MADE_MAX  ((size_t)1 << 20)
#define HEX_LEN   ((size_t)2 * PTN_SHA256_LEN)
#define NAME_SIZE (PTN_DRILL_PATH + 32)

/* What both waves had in common, and what July's file was known by. */
static const char rules[] = "rule UT_Wiper_Driver_Key\n{\n    strings:\n"
                            "        $key = \"UTOPIA-SPECIMEN-DRIVER-0F1E2D3C\"\n"
                            "    condition:\n        $key\n}\n";
static const char july[] = "specimen, first wave: mutex abcdef, UTOPIA-SPECIMEN-DRIVER-0F1E2D3C\n";
static const char september[] =
    "specimen, second wave: mutex Screen77#, UTOPIA-SPECIMEN-DRIVER-0F1E2D3C\n";

static bool put(const struct ptn_drill *drill, const char *folder, const char *name,
                struct ptn_bytes bytes, char path[NAME_SIZE])
{
    (void)snprintf(path, NAME_SIZE, "%.500s/%s", folder, name);
    return ptn_ok(drill->world->files->replace(drill->world->context, path, bytes));
}

/* July's list: the first wave's file by its hash. */
static bool put_hashes(const struct ptn_drill *drill, char path[NAME_SIZE])
{
    struct ptn_buffer list = { .len_max = 256 };
    struct ptn_bytes file = ptn_bytes_from_text(july);
    uint8_t digest[PTN_SHA256_LEN];
    bool good = ptn_ok(ptn_sha256(&file, 1, digest)) &&
                ptn_ok(ptn_buffer_add_hex(&list, ptn_bytes_of(digest, sizeof(digest)))) &&
                ptn_ok(ptn_buffer_add_text(&list, ";first wave\n")) &&
                put(drill, drill->folder, "july.hashes", ptn_buffer_bytes(&list), path);

    ptn_buffer_release(&list);
    return good;
}

static bool holds(const struct ptn_buffer *out, const char *text)
{
    return out->len > 0 && memmem(out->at, out->len, text, strlen(text)) != NULL;
}

/* The digits after "manifest":" in what the command told. */
static bool find_manifest(const struct ptn_buffer *told, char hex[HEX_LEN + 1])
{
    static const char key[] = "\"manifest\":\"";
    const char *at = told->len == 0 ? NULL : memmem(told->at, told->len, key, sizeof(key) - 1);
    size_t left = at == NULL ? 0 : told->len - (size_t)((const uint8_t *)at - told->at);

    if (left < sizeof(key) - 1 + HEX_LEN)
        return false;
    memcpy(hex, at + sizeof(key) - 1, HEX_LEN);
    hex[HEX_LEN] = '\0';
    return true;
}

/* The duty officer's own laptop vouches: a node at rest, made when it is first needed. */
static bool take_evidence(const struct ptn_drill *drill, const char *findings, const char *out,
                          char hex[HEX_LEN + 1])
{
    char laptop[NAME_SIZE];
    const char *const make[] = { "node",    laptop,   "--name", "Duty laptop", "--kind",
                                 "airport", "--code", "duty",   NULL };
    const char *const take[] = { "incident", "evidence", laptop,   "--out",
                                 out,        "--from",   findings, NULL };
    const char *const check[] = { "incident", "evidence", "--check", out, NULL };
    struct ptn_buffer told = { .len_max = MADE_MAX };
    bool good;

    (void)snprintf(laptop, sizeof(laptop), "%.500s/laptop", drill->folder);
    good = drill->world->files->exists(drill->world->context, laptop) ||
           ptn_drill_run(drill, make, "", NULL) == 0;
    good = good && ptn_drill_run(drill, take, "", &told) == 0 && find_manifest(&told, hex);
    ptn_buffer_clear(&told);
    good = good && ptn_drill_run(drill, check, "", &told) == 0 && holds(&told, "\"good\":true");
    ptn_buffer_release(&told);
    return good;
}

bool ptn_drill_sweep(struct ptn_drill *drill, const char *disk, char ret_manifest[HEX_LEN + 1])
{
    char pack[NAME_SIZE], list[NAME_SIZE], planted[NAME_SIZE], found[NAME_SIZE], out[NAME_SIZE];
    const char *const words[] = {
        "sweep", "--root", disk, "--rules", pack, "--hashes", list, NULL
    };
    struct ptn_buffer findings = { .len_max = MADE_MAX };
    bool good = put(drill, drill->folder, "sweep.yar", ptn_bytes_from_text(rules), pack) &&
                put_hashes(drill, list) &&
                put(drill, disk, "print-server.log", ptn_bytes_from_text(september), planted) &&
                ptn_drill_run(drill, words, "", &findings) == 1;

    good = ptn_drill_must(drill,
                          good && holds(&findings, "\"findings\":1,") &&
                              holds(&findings, "\"by_class\":{\"rule\":1}"),
                          "the old disk is swept: a rule finds the rebuilt variant, no hash does");
    good = good && put(drill, drill->folder, "findings", ptn_buffer_bytes(&findings), found);
    (void)snprintf(out, sizeof(out), "%.500s-evidence", disk);
    good = good && take_evidence(drill, found, out, ret_manifest);
    ptn_buffer_release(&findings);
    return ptn_drill_must(drill, good,
                          "what it found is evidence: hashed, signed, in a ledger, checked");
}
