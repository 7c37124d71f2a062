/*
 * watch/ofac_remarks.c -- the grammar of OFAC's remarks: pieces between semicolons, each beginning
 * with the words that say what it is. A piece that begins with none of them is kept as a remark.
 */
#include "watch/list_int.h"

#define QUOTED_LEN_MAX 2048u /* bytes in which an alias's quote must close */

enum piece_kind {
    PIECE_BIRTH,
    PIECE_BIRTH_PLACE,
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

/* The first that fits counts; "alt. " before any of them changes nothing. */
static const struct piece_rule rules[] = {
    { "DOB ", PIECE_BIRTH, 0 },
    { "POB ", PIECE_BIRTH_PLACE, 0 },
    { "nationality ", PIECE_NATION, 0 },
    { "citizen ", PIECE_NATION, 0 },
    { "Gender ", PIECE_SEX, 0 },
    { "Linked To: ", PIECE_LINKED, 0 },
    { "(Linked To: ", PIECE_LINKED, 0 },
    { "a.k.a. ", PIECE_WEAK_ALIAS, 0 },
    { "f.k.a. ", PIECE_WEAK_ALIAS, 0 },
    { "Passport ", PIECE_NUMBER, PTN_NUMBER_PASSPORT },
    { "Diplomatic Passport ", PIECE_NUMBER, PTN_NUMBER_PASSPORT },
    { "Stateless Person Passport ", PIECE_NUMBER, PTN_NUMBER_PASSPORT },
    { "Travel Document Number ", PIECE_NUMBER, PTN_NUMBER_OTHER_DOCUMENT },
    { "Refugee ID Card ", PIECE_NUMBER, PTN_NUMBER_OTHER_DOCUMENT },
    { "Residency Number ", PIECE_NUMBER, PTN_NUMBER_OTHER_DOCUMENT },
    { "Driver's License No. ", PIECE_NUMBER, PTN_NUMBER_OTHER_DOCUMENT },
    { "Birth Certificate Number ", PIECE_NUMBER, PTN_NUMBER_OTHER_DOCUMENT },
    { "Cedula No. ", PIECE_NUMBER, PTN_NUMBER_ID_CARD },
    { "Cedula de Ciudadania No. ", PIECE_NUMBER, PTN_NUMBER_ID_CARD },
    { "Cedula de Residencia ", PIECE_NUMBER, PTN_NUMBER_ID_CARD },
    { "National ID No. ", PIECE_NUMBER, PTN_NUMBER_ID_CARD },
    { "National Foreign ID Number ", PIECE_NUMBER, PTN_NUMBER_ID_CARD },
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
    { "SSN ", PIECE_NUMBER, PTN_NUMBER_ID_CARD },
    { "Vessel Registration Identification IMO ", PIECE_NUMBER, PTN_NUMBER_IMO },
    { "Identification Number IMO ", PIECE_NUMBER, PTN_NUMBER_IMO },
    { "MMSI ", PIECE_NUMBER, PTN_NUMBER_MMSI },
    { "Aircraft Tail Number ", PIECE_NUMBER, PTN_NUMBER_TAIL },
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
};

/* "1084010 (Egypt) issued 23 Jun 1999 expires 05 Feb 2004": the number, then the country in the
 * first parentheses. */
static void read_number(struct ptn_draft *draft, enum ptn_list_number_type type,
                        struct ptn_bytes text)
{
    size_t open = ptn_text_find(text, " (");
    struct ptn_bytes number = ptn_bytes_slice(text, 0, open), issuer = PTN_BYTES_NONE;
    size_t cut;

    if (open != SIZE_MAX) {
        size_t close = open + 2;

        while (close < text.len && text.at[close] != ')')
            close++;
        issuer = ptn_bytes_slice(text, open + 2, close - open - 2);
    }
    cut = ptn_text_find(number, " issued ");
    number = ptn_bytes_slice(number, 0, cut);
    cut = ptn_text_find(number, " expires ");
    number = ptn_bytes_slice(number, 0, cut);
    ptn_draft_number(draft, type, number, issuer);
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
