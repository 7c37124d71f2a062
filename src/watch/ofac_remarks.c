/*
 * watch/ofac_remarks.c -- the grammar of OFAC's remarks: pieces between semicolons, each beginning
 * with the words that say what it is. A piece that begins with none of them is kept as a remark.
 */
#include "watch/list_int.h"

#define QUOTED_LEN_MAX 2048u /* bytes in which an alias's quote must close */

enum piece_kind {
    PIECE_BIRTH,
    PIECE_BIRTH_PLACE,
    PIECE_FLAG,
    PIECE_NATION,
    PIECE_SEX,
    PIECE_NUMBER,
    PIECE_LINKED,
    PIECE_WEAK_ALIAS,
};

struct piece_rule {
    const char *begins;
    enum piece_kind kind;
    enum ptn_list_number_type type;
};

/* The first that fits counts; "alt. " before any of them changes nothing. The kinds of numbers are
 * those of the id types in sdn.xml. */
static const struct piece_rule rules[] = {
    { "DOB ", PIECE_BIRTH, 0 },
    { "POB ", PIECE_BIRTH_PLACE, 0 },
    { "Nationality of Registration ", PIECE_FLAG, 0 },
    { "nationality ", PIECE_NATION, 0 },
    { "citizen ", PIECE_NATION, 0 },
    { "Gender ", PIECE_SEX, 0 },
    { "Linked To: ", PIECE_LINKED, 0 },
    { "(Linked To: ", PIECE_LINKED, 0 },
    { "a.k.a. ", PIECE_WEAK_ALIAS, 0 },
    { "f.k.a. ", PIECE_WEAK_ALIAS, 0 },
    { "Passport ", PIECE_NUMBER, PTN_NUMBER_PASSPORT },
    { "Diplomatic Passport ", PIECE_NUMBER, PTN_NUMBER_PASSPORT },
    { "British National Overseas Passport ", PIECE_NUMBER, PTN_NUMBER_PASSPORT },
    { "Stateless Person Passport ", PIECE_NUMBER, PTN_NUMBER_PASSPORT },
    { "Travel Document Number ", PIECE_NUMBER, PTN_NUMBER_OTHER_DOCUMENT },
    { "Refugee ID Card ", PIECE_NUMBER, PTN_NUMBER_OTHER_DOCUMENT },
    { "Residency Number ", PIECE_NUMBER, PTN_NUMBER_OTHER_DOCUMENT },
    { "Driver's License No. ", PIECE_NUMBER, PTN_NUMBER_OTHER_DOCUMENT },
    { "Birth Certificate Number ", PIECE_NUMBER, PTN_NUMBER_OTHER_DOCUMENT },
    { "Seafarer's Identification Document ", PIECE_NUMBER, PTN_NUMBER_OTHER_DOCUMENT },
    { "VisaNumberID ", PIECE_NUMBER, PTN_NUMBER_OTHER_DOCUMENT },
    { "Public Security and Immigration No. ", PIECE_NUMBER, PTN_NUMBER_OTHER_DOCUMENT },
    { "Immigration No. ", PIECE_NUMBER, PTN_NUMBER_OTHER_DOCUMENT },
    { "Romanian Permanent Resident ", PIECE_NUMBER, PTN_NUMBER_OTHER_DOCUMENT },
    { "Cartilla de Servicio Militar Nacional ", PIECE_NUMBER, PTN_NUMBER_OTHER_DOCUMENT },
    { "Military Registration Number ", PIECE_NUMBER, PTN_NUMBER_OTHER_DOCUMENT },
    { "Pilot License Number ", PIECE_NUMBER, PTN_NUMBER_OTHER_DOCUMENT },
    { "Tarjeta Profesional ", PIECE_NUMBER, PTN_NUMBER_OTHER_DOCUMENT },
    { "Electoral Registry No. ", PIECE_NUMBER, PTN_NUMBER_ID_CARD },
    { "Credencial electoral ", PIECE_NUMBER, PTN_NUMBER_ID_CARD },
    { "I.F.E. ", PIECE_NUMBER, PTN_NUMBER_ID_CARD },
    { "LE Number ", PIECE_NUMBER, PTN_NUMBER_ID_CARD },
    { "C.U.I. ", PIECE_NUMBER, PTN_NUMBER_ID_CARD },
    { "C.U.I.P. ", PIECE_NUMBER, PTN_NUMBER_ID_CARD },
    { "C.I.N. ", PIECE_NUMBER, PTN_NUMBER_ID_CARD },
    { "N.I.E. ", PIECE_NUMBER, PTN_NUMBER_ID_CARD },
    { "CNP (Personal Numerical Code) ", PIECE_NUMBER, PTN_NUMBER_ID_CARD },
    { "Citizen's Card Number ", PIECE_NUMBER, PTN_NUMBER_ID_CARD },
    { "Federal ID Card ", PIECE_NUMBER, PTN_NUMBER_ID_CARD },
    { "Tazkira National ID Card ", PIECE_NUMBER, PTN_NUMBER_ID_CARD },
    { "Moroccan Personal ID No. ", PIECE_NUMBER, PTN_NUMBER_ID_CARD },
    { "UAE Identification ", PIECE_NUMBER, PTN_NUMBER_ID_CARD },
    { "Cedula No. ", PIECE_NUMBER, PTN_NUMBER_ID_CARD },
    { "Cedula de Ciudadania No. ", PIECE_NUMBER, PTN_NUMBER_ID_CARD },
    { "Cedula de Residencia ", PIECE_NUMBER, PTN_NUMBER_ID_CARD },
    { "National ID No. ", PIECE_NUMBER, PTN_NUMBER_ID_CARD },
    { "National Foreign ID Number ", PIECE_NUMBER, PTN_NUMBER_ID_CARD },
    { "Identification Number IMO ", PIECE_NUMBER, PTN_NUMBER_IMO },
    { "Identification Number ", PIECE_NUMBER, PTN_NUMBER_ID_CARD },
    { "Turkish Identification Number ", PIECE_NUMBER, PTN_NUMBER_ID_CARD },
    { "Personal ID Card ", PIECE_NUMBER, PTN_NUMBER_ID_CARD },
    { "Bosnian Personal ID No. ", PIECE_NUMBER, PTN_NUMBER_ID_CARD },
    { "Kenyan ID No. ", PIECE_NUMBER, PTN_NUMBER_ID_CARD },
    { "Stateless Person ID Card ", PIECE_NUMBER, PTN_NUMBER_ID_CARD },
    { "Numero de Identidad ", PIECE_NUMBER, PTN_NUMBER_ID_CARD },
    { "Tarjeta de Identidad ", PIECE_NUMBER, PTN_NUMBER_ID_CARD },
    { "D.N.I. ", PIECE_NUMBER, PTN_NUMBER_ID_CARD },
    { "C.U.R.P. ", PIECE_NUMBER, PTN_NUMBER_ID_CARD },
    { "C.U.R.P ", PIECE_NUMBER, PTN_NUMBER_ID_CARD },
    { "SSN ", PIECE_NUMBER, PTN_NUMBER_ID_CARD },
    { "Vessel Registration Identification IMO ", PIECE_NUMBER, PTN_NUMBER_IMO },
    { "MMSI ", PIECE_NUMBER, PTN_NUMBER_MMSI },
    { "Aircraft Tail Number ", PIECE_NUMBER, PTN_NUMBER_TAIL },
    { "Previous Aircraft Tail Number ", PIECE_NUMBER, PTN_NUMBER_TAIL },
    { "Vessel Call Sign ", PIECE_NUMBER, PTN_NUMBER_CALL_SIGN },
    { "Other Vessel Call Sign ", PIECE_NUMBER, PTN_NUMBER_CALL_SIGN },
    { "Tax ID No. ", PIECE_NUMBER, PTN_NUMBER_TAX },
    { "Registration Number ", PIECE_NUMBER, PTN_NUMBER_TAX },
    { "Registration ID ", PIECE_NUMBER, PTN_NUMBER_TAX },
    { "Government Gazette Number ", PIECE_NUMBER, PTN_NUMBER_TAX },
    { "Business Registration Document # ", PIECE_NUMBER, PTN_NUMBER_TAX },
    { "Company Number ", PIECE_NUMBER, PTN_NUMBER_TAX },
    { "C.R. No. ", PIECE_NUMBER, PTN_NUMBER_TAX },
    { "V.A.T. Number ", PIECE_NUMBER, PTN_NUMBER_TAX },
    { "NIT # ", PIECE_NUMBER, PTN_NUMBER_TAX },
    { "RUC # ", PIECE_NUMBER, PTN_NUMBER_TAX },
    { "RIF # ", PIECE_NUMBER, PTN_NUMBER_TAX },
    { "R.F.C. ", PIECE_NUMBER, PTN_NUMBER_TAX },
    { "RFC ", PIECE_NUMBER, PTN_NUMBER_TAX },
    { "RTN ", PIECE_NUMBER, PTN_NUMBER_TAX },
    { "C.U.I.T. ", PIECE_NUMBER, PTN_NUMBER_TAX },
    { "N.I.F. ", PIECE_NUMBER, PTN_NUMBER_TAX },
    { "C.I.F. ", PIECE_NUMBER, PTN_NUMBER_TAX },
    { "Fiscal Code ", PIECE_NUMBER, PTN_NUMBER_TAX },
    { "Italian Fiscal Code ", PIECE_NUMBER, PTN_NUMBER_TAX },
    { "UK Company Number ", PIECE_NUMBER, PTN_NUMBER_TAX },
    { "Business Registration Number ", PIECE_NUMBER, PTN_NUMBER_TAX },
    { "Commercial Registry Number ", PIECE_NUMBER, PTN_NUMBER_TAX },
    { "Certificate of Incorporation Number ", PIECE_NUMBER, PTN_NUMBER_TAX },
    { "Chamber of Commerce Number ", PIECE_NUMBER, PTN_NUMBER_TAX },
    { "Legal Entity Number ", PIECE_NUMBER, PTN_NUMBER_TAX },
    { "Matricula Mercantil No ", PIECE_NUMBER, PTN_NUMBER_TAX },
    { "Folio Mercantil No. ", PIECE_NUMBER, PTN_NUMBER_TAX },
    { "Trade License No. ", PIECE_NUMBER, PTN_NUMBER_TAX },
    { "US FEIN ", PIECE_NUMBER, PTN_NUMBER_TAX },
};

bool ptn_ofac_number_type(struct ptn_bytes words, enum ptn_list_number_type *ret_type)
{
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        size_t len = strlen(rules[i].begins) - 1; /* without the blank behind it */

        if (rules[i].kind != PIECE_NUMBER ||
            !(ptn_text_begins(words, rules[i].begins) ||
              (words.len == len && memcmp(words.at, rules[i].begins, len) == 0)))
            continue;
        *ret_type = rules[i].type;
        return true;
    }
    return false;
}

/* Cut a parenthesis off the end; where it was, set what stands in it. */
static bool cut_parenthesis(struct ptn_bytes *text, struct ptn_bytes *ret_inside)
{
    size_t open = text->len;

    if (text->len == 0 || text->at[text->len - 1] != ')')
        return false;
    while (open > 0 && text->at[open - 1] != '(')
        open--;
    if (open < 2 || text->at[open - 2] != ' ')
        return false;
    *ret_inside = ptn_bytes_slice(*text, open, text->len - 1 - open);
    *text = ptn_bytes_trim(ptn_bytes_slice(*text, 0, open - 1));
    return true;
}

/* "1084010 (Egypt) issued 23 Jun 1999 expires 05 Feb 2004": the number, then the country in
 * parentheses, then words. Others may stand beside it: "77 (Texas) (United States)"; what stands in
 * the number itself is the number's: "13/Ta Ta Na (Naing)019077 (Burma)". */
static void read_number(struct ptn_draft *draft, enum ptn_list_number_type type,
                        struct ptn_bytes text)
{
    static const char *const dates[] = { " issued ", " expires ", " expired " };
    struct ptn_bytes issuer = PTN_BYTES_NONE, inside;
    char code[PTN_LIST_CODE_SIZE] = { 0 };
    size_t words;

    for (size_t i = 0; i < sizeof(dates) / sizeof(dates[0]); i++)
        text = ptn_bytes_slice(text, 0, ptn_text_find(text, dates[i]));
    text = ptn_bytes_trim(text);
    words = text.len;
    while (words > 1 && text.at[text.len - 1] != ')' &&
           !(text.at[words - 2] == ')' && text.at[words - 1] == ' '))
        words--;
    if (words > 1 && words < text.len)
        text = ptn_bytes_slice(text, 0, words - 1);
    while (cut_parenthesis(&text, &inside))
        if (issuer.len == 0 || (!ptn_nation_find(issuer, code) && ptn_nation_find(inside, code)))
            issuer = inside;
    ptn_draft_number(draft, type, text, issuer);
}

/* 'X': quotes may stand inside too ('ABU-'UMAR'), so only the outermost go. */
static struct ptn_bytes unquote(struct ptn_bytes text)
{
    text = ptn_bytes_trim(text);
    if (text.len >= 2 && text.at[0] == '\'' && text.at[text.len - 1] == '\'')
        return ptn_bytes_slice(text, 1, text.len - 2);
    return text;
}

static void read_piece(struct ptn_draft *draft, struct ptn_bytes whole, size_t line)
{
    struct ptn_bytes piece = whole;

    if (ptn_text_begins(piece, "alt. "))
        piece = ptn_bytes_slice(piece, 5, piece.len);
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        struct ptn_bytes rest;

        if (!ptn_text_begins(piece, rules[i].begins))
            continue;
        rest = ptn_bytes_trim(ptn_bytes_slice(piece, strlen(rules[i].begins), piece.len));
        switch (rules[i].kind) {
        case PIECE_BIRTH:
            ptn_draft_birth_text(draft, rest);
            return;
        case PIECE_BIRTH_PLACE:
            ptn_draft_fact(draft, PTN_FACT_BIRTH_PLACE, rest);
            return;
        case PIECE_FLAG:
            ptn_draft_fact(draft, PTN_FACT_FLAG, rest);
            return;
        case PIECE_NATION:
            ptn_draft_nation_text(draft, rest);
            return;
        case PIECE_SEX:
            ptn_draft_sex(draft, rest);
            return;
        case PIECE_LINKED:
            if (rest.len > 0 && rest.at[rest.len - 1] == ')' && piece.at[0] == '(')
                rest.len--;
            ptn_draft_fact(draft, PTN_FACT_LINKED, rest);
            return;
        case PIECE_WEAK_ALIAS:
            if (rest.len < 2 || rest.at[0] != '\'' || rest.at[rest.len - 1] != '\'')
                ptn_draft_note(draft, line,
                               "an alias in the remarks is not in quotes; taken whole");
            ptn_draft_name(draft, unquote(rest), PTN_ALIAS_WEAK);
            return;
        case PIECE_NUMBER:
            read_number(draft, rules[i].type, rest);
            return;
        }
    }
    ptn_draft_fact(draft, PTN_FACT_REMARK, whole);
}

/* Where the piece from start ends: the next semicolon that is not inside an alias's quotes. */
static size_t piece_end(struct ptn_bytes text, size_t start)
{
    struct ptn_bytes rest = ptn_bytes_slice(text, start, text.len);
    size_t first = SIZE_MAX;
    bool quoted = ptn_text_begins(rest, " a.k.a. '") || ptn_text_begins(rest, "a.k.a. '");

    for (size_t i = start;
         i < text.len && (!quoted || i - start < QUOTED_LEN_MAX || first == SIZE_MAX); i++) {
        if (text.at[i] != ';')
            continue;
        if (!quoted || (i > start && text.at[i - 1] == '\''))
            return i;
        if (first == SIZE_MAX)
            first = i;
    }
    /* a quote that never closes must not swallow the rest */
    if (!quoted || first == SIZE_MAX)
        return text.len;
    return text.len - start < QUOTED_LEN_MAX && text.at[text.len - 1] == '\'' ? text.len : first;
}

void ptn_ofac_remarks(struct ptn_draft *draft, struct ptn_bytes remarks, size_t line)
{
    size_t start = 0;

    remarks = ptn_draft_clean(draft, remarks);
    if (remarks.len > 0 && remarks.at[remarks.len - 1] == '.')
        remarks.len--;
    while (start < remarks.len && ptn_ok(draft->status)) {
        size_t end = piece_end(remarks, start);
        struct ptn_bytes piece = ptn_bytes_trim(ptn_bytes_slice(remarks, start, end - start));

        if (piece.len > 0)
            read_piece(draft, piece, line);
        start = end + 1;
    }
}
