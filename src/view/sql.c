#include <stdlib.h>

#include "view/sql_int.h"

/* How each statement is called in the engines' files. */
static const char *const names[PTN_SQL_COUNT] = {
    [PTN_SQL_SCHEMA] = "schema",
    [PTN_SQL_DROP] = "drop",
    [PTN_SQL_LEARN] = "learn",
    [PTN_SQL_FOLD] = "fold",
    [PTN_SQL_HAS_META] = "has_meta",
    [PTN_SQL_GET_META] = "get_meta",
    [PTN_SQL_PUT_META] = "put_meta",
    [PTN_SQL_GET_ORIGINS] = "get_origins",
    [PTN_SQL_PUT_ORIGIN] = "put_origin",
    [PTN_SQL_PUT_CROSSING] = "put_crossing",
    [PTN_SQL_PUT_DECISION] = "put_decision",
    [PTN_SQL_PUT_ACCESS] = "put_access",
    [PTN_SQL_PUT_CASE] = "put_case",
    [PTN_SQL_PUT_SHEET] = "put_sheet",
    [PTN_SQL_PUT_LATE] = "put_late",
    [PTN_SQL_PUT_PERMIT] = "put_permit",
    [PTN_SQL_PUT_CORRECTION] = "put_correction",
    [PTN_SQL_PUT_IDENTITY] = "put_identity",
    [PTN_SQL_PUT_OTHER] = "put_other",
    [PTN_SQL_PUT_PERSON] = "put_person",
    [PTN_SQL_PUT_FORM] = "put_form",
    [PTN_SQL_PUT_FORM_KEY] = "put_form_key",
    [PTN_SQL_PUT_PART] = "put_part",
    [PTN_SQL_GET_ENTRY] = "get_entry",
    [PTN_SQL_GET_UNREADABLE] = "get_unreadable",
    [PTN_SQL_DIGEST_CROSSING] = "digest_crossing",
    [PTN_SQL_DIGEST_DECISION] = "digest_decision",
    [PTN_SQL_DIGEST_ACCESS] = "digest_access",
    [PTN_SQL_DIGEST_CASE] = "digest_case",
    [PTN_SQL_DIGEST_SHEET] = "digest_sheet",
    [PTN_SQL_DIGEST_CORRECTION] = "digest_correction",
    [PTN_SQL_DIGEST_IDENTITY] = "digest_identity",
    [PTN_SQL_DIGEST_LATE] = "digest_late",
    [PTN_SQL_DIGEST_PERMIT] = "digest_permit",
    [PTN_SQL_DIGEST_PERSON] = "digest_person",
    [PTN_SQL_GET_PLACES] = "get_places",
    [PTN_SQL_FIND_TIME] = "find_time",
    [PTN_SQL_FIND_STRETCH] = "find_stretch",
    [PTN_SQL_FIND_POST] = "find_post",
    [PTN_SQL_FIND_PLATE] = "find_plate",
    [PTN_SQL_FIND_VOYAGE] = "find_voyage",
    [PTN_SQL_FIND_SHEET] = "find_sheet",
    [PTN_SQL_FIND_PACKS] = "find_packs",
    [PTN_SQL_COUNT_SHUT] = "count_shut",
    [PTN_SQL_FIND_LATE] = "find_late",
    [PTN_SQL_COUNT_LATE] = "count_late",
    [PTN_SQL_FIND_DOCUMENT] = "find_document",
    [PTN_SQL_FIND_PERSON] = "find_person",
    [PTN_SQL_FIND_SUBJECT] = "find_subject",
    [PTN_SQL_FIND_COMPANY] = "find_company",
    [PTN_SQL_FIND_SHARED] = "find_shared",
    [PTN_SQL_LAST_CROSSINGS] = "last_crossings",
    [PTN_SQL_FIND_DECISIONS_PERSON] = "find_decisions_person",
    [PTN_SQL_FIND_DECISIONS_SUBJECT] = "find_decisions_subject",
    [PTN_SQL_FIND_ACCESSES] = "find_accesses",
    [PTN_SQL_FIND_CASES_PERSON] = "find_cases_person",
    [PTN_SQL_FIND_CASES_SUBJECT] = "find_cases_subject",
    [PTN_SQL_FIND_PERMITS_PERSON] = "find_permits_person",
    [PTN_SQL_FIND_PERMITS_SUBJECT] = "find_permits_subject",
    [PTN_SQL_FIND_CORRECTIONS] = "find_corrections",
    [PTN_SQL_FIND_IDENTITIES] = "find_identities",
    [PTN_SQL_GET_JOINING] = "get_joining",
    [PTN_SQL_JOINED_OF_KEYS] = "joined_of_keys",
    [PTN_SQL_SUBJECT_ENDS] = "subject_ends",
    [PTN_SQL_SUBJECT_LOOKS] = "subject_looks",
    [PTN_SQL_FIND_LOOKS] = "find_looks",
    [PTN_SQL_FIND_ANSWERS] = "find_answers",
    [PTN_SQL_PERSONS_OF_NUMBER] = "persons_of_number",
    [PTN_SQL_PERSONS_OF_KEYS] = "persons_of_keys",
    [PTN_SQL_FORMS_OF_KEYS] = "forms_of_keys",
    [PTN_SQL_FORMS_OF_SOUND] = "forms_of_sound",
    [PTN_SQL_PERSONS_OF_FORMS] = "persons_of_forms",
    [PTN_SQL_DROP_CROSSING] = "drop_crossing",
    [PTN_SQL_DROP_DECISION] = "drop_decision",
    [PTN_SQL_DROP_ACCESS] = "drop_access",
    [PTN_SQL_DROP_CASE] = "drop_case",
    [PTN_SQL_DROP_SHEET] = "drop_sheet",
    [PTN_SQL_DROP_LATE] = "drop_late",
    [PTN_SQL_DROP_PERMIT] = "drop_permit",
    [PTN_SQL_DROP_CORRECTION] = "drop_correction",
    [PTN_SQL_DROP_IDENTITY] = "drop_identity",
    [PTN_SQL_DROP_OTHER] = "drop_other",
    [PTN_SQL_IS_PERSON_USED] = "is_person_used",
    [PTN_SQL_GET_PERSON] = "get_person",
    [PTN_SQL_DROP_PERSON] = "drop_person",
    [PTN_SQL_DROP_PART] = "drop_part",
    [PTN_SQL_IS_FORM_USED] = "is_form_used",
    [PTN_SQL_DROP_FORM] = "drop_form",
    [PTN_SQL_DROP_FORM_KEY] = "drop_form_key",
};

/* The statement whose name the line gives, or PTN_SQL_COUNT. */
static unsigned named_by(struct ptn_bytes line)
{
    static const char mark[] = "-- @";
    size_t mark_len = sizeof(mark) - 1;

    if (line.len <= mark_len || memcmp(line.at, mark, mark_len) != 0)
        return PTN_SQL_COUNT;
    for (unsigned i = 0; i < PTN_SQL_COUNT; i++)
        if (ptn_bytes_is(ptn_bytes_slice(line, mark_len, line.len), names[i]))
            return i;
    return PTN_SQL_COUNT;
}

char *ptn_sql_texts(struct ptn_bytes file, const char *ret_texts[PTN_SQL_COUNT])
{
    char *block = malloc(file.len + 1);
    struct ptn_cursor cursor = ptn_cursor_at(file);
    struct ptn_bytes line;

    if (block == NULL)
        return NULL;
    if (file.len > 0)
        memcpy(block, file.at, file.len);
    block[file.len] = '\0';
    for (size_t start = 0; ptn_ok(ptn_cursor_take_line(&cursor, &line)); start = cursor.next) {
        unsigned which = named_by(line);

        if (which == PTN_SQL_COUNT)
            continue;
        block[start] = '\0'; /* the text before ends here */
        ret_texts[which] = block + cursor.next;
    }
    for (unsigned i = 0; i < PTN_SQL_COUNT; i++)
        PTN_PRE(ret_texts[i] != NULL);
    return block;
}
