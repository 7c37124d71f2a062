/*
 * message/manifest_json.c -- a manifest as one JSON object. Fields: docs/format/messages.md.
 */
#include <stdio.h>

#include "message/manifest.h"

const char *ptn_manifest_type_word(enum ptn_manifest_type type)
{
    switch (type) {
    case PTN_MANIFEST_PAXLST:
        return "PAXLST";
    case PTN_MANIFEST_PNRGOV:
        return "PNRGOV";
    case PTN_MANIFEST_CUSRES:
        return "CUSRES";
    case PTN_MANIFEST_FAL5:
        return "FAL5";
    case PTN_MANIFEST_FAL6:
        return "FAL6";
    case PTN_MANIFEST_UNKNOWN:
        break;
    }
    return "";
}

const char *ptn_manifest_verdict_word(enum ptn_manifest_verdict verdict)
{
    switch (verdict) {
    case PTN_MANIFEST_ACCEPTED:
        return "accepted";
    case PTN_MANIFEST_ACCEPTED_WITH_NOTES:
        return "accepted-with-notes";
    case PTN_MANIFEST_QUARANTINED:
        break;
    }
    return "quarantined";
}

static const char *role_word(enum ptn_manifest_role role)
{
    switch (role) {
    case PTN_MANIFEST_PASSENGER:
        return "passenger";
    case PTN_MANIFEST_CREW:
        return "crew";
    case PTN_MANIFEST_TRANSIT:
        break;
    }
    return "transit";
}

static void write_date(struct ptn_json *json, const char *key, struct ptn_date date)
{
    char text[PTN_DATE_TEXT_SIZE];

    if (!ptn_date_is_none(date))
        ptn_json_field_text(json, key, ptn_bytes_from_text(ptn_date_write(date, text)));
}

static void write_time(struct ptn_json *json, const char *key, const struct ptn_manifest_time *time)
{
    char date[PTN_DATE_TEXT_SIZE];
    char text[PTN_DATE_TEXT_SIZE + 8];

    if (!time->has_time) {
        write_date(json, key, time->date);
        return;
    }
    (void)snprintf(text, sizeof(text), "%sT%02u:%02u", ptn_date_write(time->date, date),
                   time->hour % 24u, time->minute % 60u);
    ptn_json_field_text(json, key, ptn_bytes_from_text(text));
}

static void write_ship(const struct ptn_manifest *manifest, struct ptn_json *json)
{
    const struct ptn_manifest_ship *ship = &manifest->ship;

    if (ship->name.len == 0 && ship->imo.len == 0)
        return;
    ptn_json_key(json, "ship");
    ptn_json_object(json);
    ptn_json_field_text_if(json, "name", ship->name);
    ptn_json_field_text_if(json, "imo", ship->imo);
    ptn_json_field_text_if(json, "call_sign", ship->call_sign);
    ptn_json_field_text_if(json, "flag", ship->flag);
    ptn_json_object_end(json);
}

static void write_flights(const struct ptn_manifest *manifest, struct ptn_json *json)
{
    if (manifest->flight_count == 0)
        return;
    ptn_json_key(json, "flights");
    ptn_json_array(json);
    for (size_t i = 0; i < manifest->flight_count; i++) {
        const struct ptn_manifest_flight *flight = &manifest->flights[i];

        ptn_json_object(json);
        ptn_json_field_text_if(json, "carrier", flight->carrier);
        ptn_json_field_text_if(json, "number", flight->number);
        ptn_json_field_text_if(json, "from", flight->from);
        ptn_json_field_text_if(json, "to", flight->to);
        write_time(json, "departure", &flight->departure);
        write_time(json, "arrival", &flight->arrival);
        ptn_json_object_end(json);
    }
    ptn_json_array_end(json);
}

static void write_documents(const struct ptn_manifest_person *person, struct ptn_json *json)
{
    if (person->documents == NULL)
        return;
    ptn_json_key(json, "documents");
    ptn_json_array(json);
    for (const struct ptn_manifest_document *d = person->documents; d != NULL; d = d->next) {
        ptn_json_object(json);
        ptn_json_field_text_if(json, "type", d->type);
        ptn_json_field_text_if(json, "number", d->number);
        ptn_json_field_text_if(json, "issuer", d->issuer);
        write_date(json, "expiry", d->expiry);
        ptn_json_object_end(json);
    }
    ptn_json_array_end(json);
}

static void write_people(const struct ptn_manifest *manifest, struct ptn_json *json)
{
    if (manifest->people == NULL)
        return;
    ptn_json_key(json, "people");
    ptn_json_array(json);
    for (const struct ptn_manifest_person *p = manifest->people; p != NULL; p = p->next) {
        ptn_json_object(json);
        ptn_json_field_text(json, "role", ptn_bytes_from_text(role_word(p->role)));
        ptn_json_field_text_if(json, "surname", p->surname);
        ptn_json_field_text_if(json, "given", p->given);
        ptn_json_field_text_if(json, "second", p->second);
        write_date(json, "birth", p->birth);
        ptn_json_field_text_if(json, "sex", p->sex);
        ptn_json_field_text_if(json, "nationality", p->nationality);
        ptn_json_field_text_if(json, "rank", p->rank);
        ptn_json_field_text_if(json, "birth_place", p->birth_place);
        ptn_json_field_text_if(json, "embark", p->embark);
        ptn_json_field_text_if(json, "debark", p->debark);
        ptn_json_field_text_if(json, "reference", p->reference);
        ptn_json_field_text_if(json, "booking", p->booking);
        write_documents(p, json);
        ptn_json_object_end(json);
    }
    ptn_json_array_end(json);
}

static void write_results(const struct ptn_manifest *manifest, struct ptn_json *json)
{
    if (manifest->results == NULL)
        return;
    ptn_json_key(json, "results");
    ptn_json_array(json);
    for (const struct ptn_manifest_result *r = manifest->results; r != NULL; r = r->next) {
        ptn_json_object(json);
        ptn_json_field_text_if(json, "section", r->section);
        ptn_json_field_text_if(json, "passenger", r->passenger);
        ptn_json_field_text_if(json, "booking", r->booking);
        ptn_json_field_text_if(json, "code", r->code);
        ptn_json_field_text_if(json, "text", r->text);
        ptn_json_object_end(json);
    }
    ptn_json_array_end(json);
}

static void write_notes(const struct ptn_manifest *manifest, struct ptn_json *json)
{
    if (manifest->note_count == 0)
        return;
    ptn_json_key(json, "notes");
    ptn_json_array(json);
    for (size_t i = 0; i < manifest->note_count; i++) {
        const struct ptn_manifest_note *note = &manifest->notes[i];

        ptn_json_object(json);
        ptn_json_field_text(json, "code", ptn_bytes_from_text(note->code));
        ptn_json_field_text(json, "text", ptn_bytes_from_text(note->text));
        ptn_json_field_number(json, "segment", (int64_t)note->segment);
        ptn_json_field_number(json, "offset", (int64_t)note->offset);
        ptn_json_object_end(json);
    }
    ptn_json_array_end(json);
    if (manifest->notes_left_out > 0)
        ptn_json_field_number(json, "notes_left_out", (int64_t)manifest->notes_left_out);
}

void ptn_manifest_write(const struct ptn_manifest *manifest, struct ptn_bytes file,
                        struct ptn_json *json)
{
    ptn_json_object(json);
    ptn_json_field_text(json, "file", file);
    ptn_json_field_text_if(json, "type",
                           ptn_bytes_from_text(ptn_manifest_type_word(manifest->type)));
    ptn_json_field_text(json, "verdict",
                        ptn_bytes_from_text(ptn_manifest_verdict_word(manifest->verdict)));
    ptn_json_field_text_if(json, "function", manifest->function);
    ptn_json_field_text_if(json, "change", manifest->change);
    if (manifest->part > 0) {
        ptn_json_field_text_if(json, "access", manifest->access);
        ptn_json_field_number(json, "part", manifest->part);
        ptn_json_field_bool(json, "last_part", manifest->last_part);
    }
    ptn_json_field_text_if(json, "reference", manifest->reference);
    write_ship(manifest, json);
    write_flights(manifest, json);
    write_people(manifest, json);
    write_results(manifest, json);
    write_notes(manifest, json);
    ptn_json_object_end(json);
}
