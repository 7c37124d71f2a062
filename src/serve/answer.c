#include "serve/serve_int.h"

const char *ptn_recording_word(enum ptn_recording recording)
{
    switch (recording) {
    case PTN_RECORDING:
        return "yes";
    case PTN_RECORDING_DISK_FULL:
        return "disk-full";
    case PTN_RECORDING_GONE_BACK:
        return "gone-back";
    case PTN_RECORDING_FAILING:
    case PTN_RECORDING_STOPPED:
        break;
    }
    return "failing";
}

static void field(struct ptn_json *json, const char *key, const char *text)
{
    ptn_json_field_text(json, key, ptn_bytes_from_text(text));
}

void ptn_answer_post(struct ptn_json *json, const struct ptn_node_plan *plan)
{
    ptn_json_key(json, "post");
    ptn_json_object(json);
    field(json, "name", plan->name);
    field(json, "kind", ptn_post_kind_word(plan->kind));
    field(json, "code", plan->code);
    ptn_json_object_end(json);
}

void ptn_answer_session_fields(struct ptn_json *json, const struct ptn_serve_session *session,
                               const struct ptn_node_plan *plan)
{
    field(json, "user", session->officer.user);
    field(json, "name", session->officer.name);
    field(json, "role", ptn_staff_role_word(session->officer.role));
    ptn_json_key(json, "rights");
    ptn_json_array(json);
    if (session->officer.discreet)
        ptn_json_text(json, PTN_BYTES_LITERAL("discreet"));
    ptn_json_array_end(json);
    field(json, "csrf", session->csrf);
    field(json, "lane", session->lane);
    field(json, "language", session->albanian ? "sq" : "en");
    ptn_json_field_number(json, "idle_s", PTN_SERVE_SESSION_S);
    ptn_answer_post(json, plan);
}

void ptn_answer_session(struct ptn_json *json, const struct ptn_serve_session *session,
                        const struct ptn_node_plan *plan)
{
    ptn_json_object(json);
    ptn_answer_session_fields(json, session, plan);
    ptn_json_object_end(json);
}

void ptn_answer_ledger(struct ptn_json *json, const struct ptn_node_standing *standing)
{
    const struct ptn_kept_standing *kept = &standing->kept;

    ptn_json_object(json);
    ptn_json_field_number(json, "size", (int64_t)standing->ledger_size);
    field(json, "kept",
          ptn_kept_word(standing->recording != PTN_RECORDING ? PTN_KEPT_NOT
                        : standing->ledger_size == 0
                            ? PTN_KEPT_LOCAL
                            : ptn_kept_level(&kept->sizes, standing->ledger_size - 1)));
    field(json, "recording", ptn_recording_word(standing->recording));
    field(json, "site", ptn_site_word(kept->site));
    ptn_json_field_number(json, "site_size", (int64_t)kept->sizes.site);
    ptn_json_field_number(json, "kept_size", (int64_t)kept->sizes.one);
    ptn_json_field_number(json, "quorum_size", (int64_t)kept->sizes.quorum);
    ptn_json_object_end(json);
}

void ptn_answer_rung(struct ptn_json *json, const struct ptn_node_standing *standing)
{
    field(json, "rung", standing->rung);
    field(json, "rung_entry", standing->rung_entry);
    field(json, "rung_exit", standing->rung_exit);
    field(json, "cause", standing->cause);
    ptn_json_field_number(json, "rung_since_ms", standing->rung_since_ms);
}

void ptn_serve_lane_rung(const struct ptn_serve *serve, const char *lane,
                         struct ptn_node_standing *standing)
{
    struct ptn_node *node = serve->plan.node;
    enum ptn_rung entry = ptn_apply_rung_at(node, PTN_DIRECTION_ENTRY, lane);
    enum ptn_rung exit = ptn_apply_rung_at(node, PTN_DIRECTION_EXIT, lane);

    standing->rung_entry = ptn_rung_word(entry);
    standing->rung_exit = ptn_rung_word(exit);
    standing->rung = ptn_rung_word(entry > exit ? entry : exit);
}

void ptn_answer_heightened(struct ptn_json *json, const struct ptn_node_standing *standing)
{
    ptn_json_key(json, "heightened");
    ptn_json_array(json);
    for (size_t i = 0; i < standing->heightened_count; i++) {
        const struct ptn_node_heightened *one = &standing->heightened[i];
        char day[PTN_DATE_TEXT_SIZE];

        ptn_json_object(json);
        ptn_json_field_text(json, "rule", one->rule);
        ptn_json_field_text(json, "text", one->text);
        ptn_json_field_text(json, "text_sq", one->text_sq);
        field(json, "from", ptn_date_write(one->from, day));
        field(json, "until", ptn_date_write(one->until, day));
        ptn_json_field_number(json, "met", one->met);
        ptn_json_object_end(json);
    }
    ptn_json_array_end(json);
}

void ptn_answer_lane(struct ptn_json *json, const struct ptn_node_plan *plan, const char *lane,
                     const struct ptn_node_standing *standing, bool reader)
{
    char since[PTN_DATE_TEXT_SIZE];

    ptn_json_object(json);
    ptn_answer_post(json, plan);
    field(json, "lane", lane);
    ptn_answer_rung(json, standing);
    ptn_json_key(json, "lists");
    ptn_json_array(json);
    for (size_t i = 0; i < standing->list_count; i++) {
        const struct ptn_node_list *list = &standing->lists[i];

        ptn_json_object(json);
        ptn_json_field_text(json, "list", list->list);
        ptn_json_field_text(json, "edition", list->edition);
        ptn_json_field_number(json, "age_s", list->age_s);
        ptn_json_field_number(json, "entries", (int64_t)list->entries);
        ptn_json_object_end(json);
    }
    ptn_json_array_end(json);
    field(json, "lists_state", ptn_lists_state_word(standing->lists_state));
    ptn_json_key(json, "ledger");
    ptn_answer_ledger(json, standing);
    ptn_json_key(json, "records");
    ptn_json_object(json);
    field(json, "since", ptn_date_write(standing->records_since, since));
    field(json, "why", ptn_records_why_word(standing->records_why));
    ptn_json_object_end(json);
    ptn_answer_heightened(json, standing);
    ptn_json_field_bool(json, "demonstration", plan->demonstration);
    ptn_json_field_bool(json, "reader", reader);
    ptn_json_object_end(json);
}

/* ---- scans ---- */

static void date(struct ptn_json *json, const char *key, struct ptn_date value)
{
    char text[PTN_DATE_TEXT_SIZE];

    field(json, key, ptn_date_is_none(value) ? "" : ptn_date_write(value, text));
}

void ptn_answer_person(struct ptn_json *json, const struct ptn_person *from)
{
    const char *sex = from->sex == 'M' ? "M" : from->sex == 'F' ? "F" : "";

    ptn_json_key(json, "person");
    ptn_json_object(json);
    ptn_json_field_text(json, "surname", from->surname);
    ptn_json_field_text(json, "given", from->given);
    ptn_json_field_text_if(json, "name", from->name);
    date(json, "birth", from->birth);
    field(json, "sex", sex);
    field(json, "nationality", from->nationality);
    ptn_json_key(json, "document");
    ptn_json_object(json);
    field(json, "kind", ptn_document_kind_word(from->document.kind));
    field(json, "code", from->document.code);
    field(json, "issuer", from->document.issuer);
    ptn_json_field_text(json, "number", from->document.number);
    date(json, "expiry", from->document.expiry);
    ptn_json_object_end(json);
    ptn_json_object_end(json);
}

void ptn_answer_screened_again(struct ptn_json *json, const struct ptn_screened_again *found,
                               const char *entry)
{
    char id[PTN_RECORD_ID_TEXT_SIZE];
    char time[PTN_INSTANT_TEXT_SIZE];

    field(json, "id", ptn_record_id_write(found->id, id));
    field(json, "crossing", ptn_record_id_write(found->crossing, id));
    field(json, "found", ptn_instant_write(found->time_ms, time));
    field(json, "crossed", ptn_instant_write(found->crossed_ms, time));
    field(json, "direction", ptn_direction_word(found->direction));
    field(json, "rung", ptn_rung_word(found->rung));
    ptn_json_field_text(json, "list", found->list);
    ptn_json_field_text(json, entry, found->entry);
    ptn_json_field_text(json, "action", found->action);
    ptn_json_key(json, "score");
    ptn_json_decimal(json, (unsigned)found->score, 4);
    ptn_json_field_bool(json, "then", found->then);
    ptn_json_field_bool(json, "discreet", found->discreet);
}

static void match(struct ptn_json *json, const struct ptn_match *from,
                  const struct ptn_cleared *cleared, enum ptn_direction direction)
{
    static const char *const bases[] = { "name", "document", "plate", "vessel" };
    const struct ptn_list_effect *effect =
        direction == PTN_DIRECTION_ENTRY ? &from->on_entry : &from->on_exit;

    ptn_json_object(json);
    ptn_match_write_json_members(json, from, PTN_MATCH_BOTH);
    field(json, "basis", bases[from->basis]);
    ptn_json_field_bool(json, "corroborated", from->corroborated);
    field(json, "action", ptn_list_action_word(effect->action));
    ptn_json_field_text(json, "effect", effect->text);
    ptn_json_field_text(json, "effect_sq", effect->text_sq);
    ptn_json_field_text(json, "edition", from->edition);
    if (!ptn_date_is_none(cleared->on)) { /* by the second line; it takes no reason away */
        ptn_json_key(json, "cleared");
        ptn_json_object(json);
        date(json, "on", cleared->on);
        field(json, "edition", cleared->edition);
        ptn_json_object_end(json);
    }
    ptn_json_object_end(json);
}

void ptn_answer_problem_fields(struct ptn_json *json, unsigned status, const char *code,
                               const char *title, const char *detail)
{
    field(json, "type", "about:blank");
    field(json, "title", title);
    ptn_json_field_number(json, "status", status);
    field(json, "code", code);
    ptn_json_field_text_if(json, "detail", ptn_bytes_from_text(detail));
}

void ptn_answer_problem(struct ptn_json *json, unsigned status, const char *code, const char *title,
                        const char *detail)
{
    ptn_json_object(json);
    ptn_answer_problem_fields(json, status, code, title, detail);
    ptn_json_object_end(json);
}

/* POST-3: the advice stands, and it says loudly that nobody has written it down. */
static void warning(struct ptn_json *json, const struct ptn_writer_request *write)
{
    ptn_json_key(json, "warning");
    ptn_answer_problem(
        json, MHD_HTTP_INSUFFICIENT_STORAGE,
        write->gone_back   ? "gone-back"
        : write->disk_full ? "disk-full"
                           : "not-recorded",
        "This advice is not recorded",
        write->gone_back ? "This post's disk went back. Screening goes on; write on paper until it "
                           "goes on as its spare."
        : write->disk_full ? "The disk is full. Screening goes on; make room and it records again."
                           : "The record could not be written. Screening goes on.");
}

void ptn_answer_scan(struct ptn_json *json, const struct ptn_lane_answer *answer, bool discreet,
                     int64_t took_us)
{
    bool kept = ptn_ok(answer->write.status);

    ptn_json_object(json);
    field(json, "scan", answer->scan);
    ptn_answer_person(json, &answer->person);
    if (answer->has_mrz) {
        ptn_json_key(json, "mrz");
        ptn_mrz_write_json(json, &answer->mrz);
    }
    if (!ptn_date_is_none(answer->other_birth))
        date(json, "other_birth", answer->other_birth);
    field(json, "direction", ptn_direction_word(answer->direction));
    ptn_json_key(json, "advice");
    ptn_advice_write_json(json, &answer->advice, discreet);
    ptn_json_key(json, "matches");
    ptn_json_array(json);
    for (size_t i = 0; i < answer->match_count; i++)
        match(json, &answer->matches[i], &answer->cleared[i], answer->direction);
    ptn_json_array_end(json);
    ptn_json_field_bool(json, "more", answer->more);
    ptn_answer_row_found(json, answer);
    ptn_answer_trip(json, answer->trip);
    ptn_answer_gangway(json, answer);
    field(json, "kept", kept ? "local" : "not-recorded");
    if (!kept)
        warning(json, &answer->write);
    ptn_json_field_number(json, "took_us", took_us);
    ptn_json_object_end(json);
}

/* ---- crossings ---- */

void ptn_answer_receipt(struct ptn_json *json, const char *ledger, uint64_t seq, enum ptn_kept kept)
{
    field(json, "kept", ptn_kept_word(kept));
    ptn_json_key(json, "receipt");
    ptn_json_object(json);
    field(json, "ledger", ledger);
    ptn_json_field_number(json, "seq", (int64_t)seq);
    ptn_json_object_end(json);
}

void ptn_answer_crossing(struct ptn_json *json, const struct ptn_lane_crossing *crossing,
                         const char *ledger)
{
    char time[PTN_INSTANT_TEXT_SIZE];

    ptn_json_object(json);
    field(json, "crossing", crossing->crossing);
    ptn_answer_receipt(json, ledger, crossing->seq, crossing->kept);
    field(json, "direction", ptn_direction_word(crossing->direction));
    field(json, "outcome", ptn_outcome_word(crossing->outcome));
    field(json, "time", ptn_instant_write(crossing->time_ms, time));
    if (crossing->report)
        field(json, "prompt", "report");
    ptn_json_object_end(json);
}

void ptn_answer_line(struct ptn_json *json, const struct ptn_answer_row *row)
{
    char time[PTN_INSTANT_TEXT_SIZE];

    ptn_json_object(json);
    field(json, "crossing", row->crossing);
    field(json, "time", ptn_instant_write(row->time_ms, time));
    field(json, "name", row->name);
    field(json, "direction", ptn_direction_word(row->direction));
    field(json, "outcome", ptn_outcome_word(row->outcome));
    field(json, "kept", ptn_kept_word(row->kept));
    ptn_json_field_number(json, "seq", (int64_t)row->seq);
    field(json, "lane", row->lane);
    if (row->second_line != NULL)
        field(json, "second_line", row->second_line);
    ptn_json_object_end(json);
}

void ptn_answer_rule(struct ptn_json *json, struct ptn_bytes rule)
{
    const struct ptn_rule_words words = ptn_rule_words(rule);

    ptn_json_object(json);
    ptn_json_field_text(json, "rule", rule);
    if (words.text != NULL) {
        ptn_json_field_text(json, "text", ptn_bytes_from_text(words.text));
        ptn_json_field_text(json, "text_sq", ptn_bytes_from_text(words.text_sq));
    }
    ptn_json_object_end(json);
}
