#include "base/text.h"
#include "watch/screen.h"

static void write_why(struct ptn_json *json, const struct ptn_match_why *why,
                      enum ptn_match_words words)
{
    ptn_json_object(json);
    ptn_json_field_text(json, "rule", ptn_bytes_from_text(why->rule));
    ptn_json_field_text(json, "text", words == PTN_MATCH_ALBANIAN ? why->text_sq : why->text);
    if (words == PTN_MATCH_BOTH)
        ptn_json_field_text(json, "text_sq", why->text_sq);
    ptn_json_object_end(json);
}

void ptn_match_write_json_members(struct ptn_json *json, const struct ptn_match *match,
                                  enum ptn_match_words words)
{
    ptn_json_field_text(json, "list", match->list);
    ptn_json_field_text(json, "entry", match->entry);
    ptn_json_field_text(json, "kind", ptn_bytes_from_text(ptn_entry_kind_word(match->kind)));
    ptn_json_field_text(json, "name", match->name);
    ptn_json_field_text(json, "alias", ptn_bytes_from_text(ptn_alias_word(match->alias)));
    ptn_json_key(json, "score");
    ptn_json_decimal(json, match->score, 4);
    ptn_json_key(json, "why");
    ptn_json_array(json);
    for (size_t i = 0; i < match->why_count; i++)
        write_why(json, &match->why[i], words);
    ptn_json_array_end(json);
}
