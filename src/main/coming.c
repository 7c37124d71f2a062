#include "main/coming.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "main/cars.h"
#include "main/travellers.h"
#include "node/arrivals.h"
#include "reference/place.h"

#define PEOPLE 42u
#define TOGETHER                                                                                   \
    PTN_COMING_CAR_MAX /* share a booking; on a ferry every other such group has a car */
#define GROUPS    (PEOPLE / TOGETHER)
#define A_STEP    3u /* people made at once: lanes wait for this thread */
#define EVERY_MS  (INT64_C(6) * 60000)
#define DUE_MS    (INT64_C(3) * 60000) /* after its list was sent */
#define FILE_MAX  65536u
#define ARENA_MAX (4u << 20)

/* Specimens of the tray who are on the first list, the second under another spelling; of a ferry's
 * the car of five, too. */
static const char *const specimens[] = {
    "P<UTOJEVRELOFF<<TICHORAD<<<<<<<<<<<<<<<<<<<<\nU007015337UTO7010011M3203189<<<<<<<<<<<<<<04",
    "P<UTOVONTRELI<<ELIZIDA<<<<<<<<<<<<<<<<<<<<<<\nU004129073UTO9004126F3404115<<<<<<<<<<<<<<06",
    "P<UTOMALSIDERI<<EDONAR<<<<<<<<<<<<<<<<<<<<<<\nU010019016UTO8001014M3506307<<<<<<<<<<<<<<06",
    "P<UTOMALSIDERI<<MIRALDA<<<<<<<<<<<<<<<<<<<<<\nU010029143UTO8202028F3309117<<<<<<<<<<<<<<04",
    "P<UTOMALSIDERI<<ANISELA<<<<<<<<<<<<<<<<<<<<<\nU010039270UTO1203037F3108055<<<<<<<<<<<<<<04",
    "P<UTOMALSIDERI<<BENADON<<<<<<<<<<<<<<<<<<<<<\nU010049307UTO1404041M3108055<<<<<<<<<<<<<<04",
    "P<UTOMALSIDERI<<LULISHA<<<<<<<<<<<<<<<<<<<<<\nU010059434UTO1905054F3108055<<<<<<<<<<<<<<04",
};
#define SPECIMENS (sizeof(specimens) / sizeof(specimens[0]))
#define ON_FOOT   2u /* of them */
#define CAR_PLATE "UT 204 KX"

enum state { MAKING, SENDING };

struct ptn_coming {
    struct ptn_node *node;
    struct ptn_arena *arena;
    enum state state;
    bool first;
    unsigned number;
    int64_t next_ms; /* monotonic, like due_ms */
    int64_t due_ms;  /* when the people of the list before are here */
    char made[PEOPLE][PTN_MRZ_COMPOSED_SIZE];
    size_t made_count;
    char here[PEOPLE][PTN_MRZ_COMPOSED_SIZE]; /* of the list that was sent; specimens left out */
    size_t here_count, here_next;
    size_t here_from;                           /* the first one's place on the list */
    char plates[GROUPS][PTN_COMING_PLATE_SIZE]; /* of the list that is sent; empty: on foot */
    char here_plates[GROUPS][PTN_COMING_PLATE_SIZE];
    int64_t now_ms;
    struct ptn_buffer file;
    struct ptn_officer officer;
    struct ptn_node_loading loading;
};

struct ptn_coming *ptn_coming_new(struct ptn_node *node)
{
    struct ptn_coming *coming = calloc(1, sizeof(*coming));

    if (coming == NULL)
        return NULL;
    coming->node = node;
    coming->first = true;
    coming->arena = ptn_arena_new(ARENA_MAX);
    ptn_buffer_init(&coming->file, FILE_MAX);
    (void)snprintf(coming->officer.user, sizeof(coming->officer.user), "demonstration");
    (void)snprintf(coming->officer.name, sizeof(coming->officer.name), "Demonstration");
    coming->officer.role = PTN_STAFF_SUPERVISOR;
    if (coming->arena == NULL) {
        free(coming);
        return NULL;
    }
    return coming;
}

void ptn_coming_free(struct ptn_coming *coming)
{
    if (coming == NULL)
        return;
    ptn_arena_free(coming->arena);
    ptn_buffer_release(&coming->file);
    free(coming);
}

/* Specimens that are on the list that is made now. */
static size_t specimen_count(const struct ptn_coming *coming)
{
    if (!coming->first)
        return 0;
    return ptn_node_plan_of(coming->node)->kind == PTN_POST_SEAPORT ? SPECIMENS : ON_FOOT;
}

/* ---- the list as its carrier writes it ---- */

#define REFERENCE_SIZE 32u

/* The booking of whoever stands at this place of the list. */
static const char *reference_of(const struct ptn_coming *coming, size_t index,
                                char ret_text[REFERENCE_SIZE])
{
    if (index >= ON_FOOT && index < specimen_count(coming))
        (void)snprintf(ret_text, REFERENCE_SIZE, "D%04uXF", coming->number % 10000u);
    else
        (void)snprintf(ret_text, REFERENCE_SIZE, "D%04uX%zu", coming->number % 10000u,
                       index / TOGETHER);
    return ret_text;
}

/* The local time at which it is due, as a date and minutes of the day. */
static struct ptn_date due_at(const struct ptn_coming *coming, unsigned *ret_minutes)
{
    const struct ptn_world *world = ptn_node_world(coming->node);
    int64_t due_ms = world->now_ms(world->context) + DUE_MS;

    due_ms += ptn_place_utc_offset_minutes(due_ms) * INT64_C(60000);
    *ret_minutes = (unsigned)(due_ms / 60000 % 1440);
    return ptn_instant_date(due_ms);
}

static struct ptn_status write_passenger(struct ptn_coming *coming, size_t index,
                                         const struct ptn_person *person)
{
    const struct ptn_document *paper = &person->document;

    return ptn_buffer_addf(
        &coming->file,
        "NAD+%s+++%.*s:%.*s'ATT+2++%c'DTM+329:%02u%02u%02u'NAT+2+UTO'RFF+AVF:D%04uX%zu'DOC+P+%.*s'"
        "DTM+36:%02u%02u%02u'LOC+91+UTO'",
        index + 3 > PEOPLE ? "FM" : "FL", (int)person->surname.len,
        (const char *)person->surname.at, (int)person->given.len, (const char *)person->given.at,
        person->sex == 0 ? 'X' : person->sex, person->birth.year % 100u, person->birth.month,
        person->birth.day, coming->number % 10000u, index / 3, (int)paper->number.len,
        (const char *)paper->number.at, paper->expiry.year % 100u, paper->expiry.month,
        paper->expiry.day);
}

static struct ptn_status write_boarder(struct ptn_coming *coming, size_t index,
                                       const struct ptn_person *person)
{
    const struct ptn_document *paper = &person->document;
    char birth[PTN_DATE_TEXT_SIZE];
    char expiry[PTN_DATE_TEXT_SIZE];
    char reference[REFERENCE_SIZE];
    unsigned minutes;
    struct ptn_date date = due_at(coming, &minutes);

    return ptn_buffer_addf(
        &coming->file,
        "6;MV Utopia Star;9074729;D%04u;ITBRI;ALDRZ;%04u-%02u-%02uT%02u:%02u;%.*s;%.*s;%s;%c;UTO;"
        "Passport;%.*s;UTO;%s;%s\n",
        coming->number % 10000u, date.year, date.month, date.day, minutes / 60, minutes % 60,
        (int)person->surname.len, (const char *)person->surname.at, (int)person->given.len,
        (const char *)person->given.at, ptn_date_write(person->birth, birth),
        person->sex == 0 ? 'X' : person->sex, (int)paper->number.len,
        (const char *)paper->number.at, ptn_date_write(paper->expiry, expiry),
        reference_of(coming, index, reference));
}

static struct ptn_status write_head(struct ptn_coming *coming, enum ptn_post_kind kind)
{
    const char *carrier = kind == PTN_POST_AIRPORT ? "UX" : "UC"; /* a coach has a list like it */
    const char *to = kind == PTN_POST_AIRPORT ? "TIA" : "KAP";
    unsigned minutes;
    struct ptn_date date = due_at(coming, &minutes);
    char day[8];

    if (kind == PTN_POST_SEAPORT)
        return ptn_buffer_add_text(
            &coming->file,
            "Form;Name of ship;IMO number;Voyage number;Last port;Port of arrival;Date of arrival;"
            "Family name;Given names;Date of birth;Gender;Nationality;Nature of identity document;"
            "Number of identity document;Issuing State;Document expiry;Reservation\n");
    (void)snprintf(day, sizeof(day), "%02u%02u%02u", date.year % 100u, date.month % 100u,
                   date.day % 100u);
    return ptn_buffer_addf(
        &coming->file,
        "UNA:+.? 'UNB+UNOA:4+UTOPIA+GOV+%s:%02u%02u+%u'UNH+1+PAXLST:D:12B:UN:IATA'BGM+745'"
        "TDT+20+%s%u+++%s'LOC+125+XQA'DTM+189:%s%02u%02u:201'LOC+87+%s'DTM+232:%s%02u%02u:201'",
        day, minutes / 60, minutes % 60, coming->number, carrier, 100 + coming->number % 900,
        carrier, day, minutes / 60, minutes % 60, to, day, minutes / 60, minutes % 60);
}

static struct ptn_status write_file(struct ptn_coming *coming)
{
    enum ptn_post_kind kind = ptn_node_plan_of(coming->node)->kind;
    const struct ptn_world *world = ptn_node_world(coming->node);
    struct ptn_date today = ptn_place_local_date(world->now_ms(world->context));
    struct ptn_status status;

    ptn_buffer_clear(&coming->file);
    status = write_head(coming, kind);
    for (size_t i = 0; ptn_ok(status) && i < coming->made_count; i++) {
        struct ptn_mrz mrz;
        struct ptn_person person;

        status = ptn_mrz_parse(ptn_bytes_from_text(coming->made[i]), today, &mrz, NULL);
        if (!ptn_ok(status))
            break;
        ptn_mrz_person(&mrz, &person);
        status = kind == PTN_POST_SEAPORT ? write_boarder(coming, i, &person)
                                          : write_passenger(coming, i, &person);
    }
    if (ptn_ok(status) && kind != PTN_POST_SEAPORT)
        status = ptn_buffer_addf(&coming->file, "UNT+1+1'UNZ+1+%u'", coming->number);
    return status;
}

/* ---- sending ---- */

/* A ferry line's bookings: every other group of the list has a car, and so have the specimens. */
static void book(struct ptn_coming *coming)
{
    const struct ptn_world *world = ptn_node_world(coming->node);
    char references[GROUPS + 1][REFERENCE_SIZE];
    struct ptn_booking rows[GROUPS + 1];
    size_t specimen = specimen_count(coming);
    size_t count = 0;

    memset(coming->plates, 0, sizeof(coming->plates));
    if (ptn_node_plan_of(coming->node)->kind != PTN_POST_SEAPORT)
        return;
    for (size_t i = (specimen + TOGETHER - 1) / TOGETHER; i < GROUPS; i += 2) {
        ptn_car_plate(coming->node, coming->plates[i]);
        rows[count] = (struct ptn_booking){
            .reference = ptn_bytes_from_text(reference_of(coming, i * TOGETHER, references[count])),
            .plate = ptn_bytes_from_text(coming->plates[i]),
            .kind = PTN_BYTES_LITERAL("car"),
            .people = TOGETHER,
        };
        count++;
    }
    if (specimen > ON_FOOT) {
        rows[count] = (struct ptn_booking){
            .reference = ptn_bytes_from_text(reference_of(coming, ON_FOOT, references[count])),
            .plate = PTN_BYTES_LITERAL(CAR_PLATE),
            .kind = PTN_BYTES_LITERAL("car"),
            .people = (unsigned)(specimen - ON_FOOT),
        };
        count++;
    }
    (void)ptn_ok(ptn_trip_expect(coming->node, rows, count,
                                 world->now_ms(world->context))); /* without memory, unexpected */
}

static void sent(struct ptn_node_loading *loading)
{
    struct ptn_coming *coming = loading->context;
    size_t skipped = specimen_count(coming);

    if (ptn_ok(loading->write.status) && ptn_ok(ptn_node_manifest_take(loading))) {
        coming->here_count = coming->made_count - skipped;
        coming->here_next = 0;
        coming->here_from = skipped;
        book(coming);
        memcpy(coming->here_plates, coming->plates, sizeof(coming->plates));
        memcpy(coming->here, coming->made + skipped, coming->here_count * sizeof(coming->here[0]));
        coming->due_ms = coming->now_ms + DUE_MS;
        coming->first = false;
    }
    coming->made_count = 0;
    coming->state = MAKING;
}

static void send_list(struct ptn_coming *coming)
{
    const struct ptn_lane_who who = { &coming->officer, PTN_LANE_AUTOMATIC };
    const struct ptn_world *world = ptn_node_world(coming->node);

    coming->next_ms = coming->now_ms + EVERY_MS;
    coming->number = (unsigned)(world->now_ms(world->context) / 60000 % 10000);
    coming->state = SENDING;
    ptn_arena_clear(coming->arena);
    coming->loading = (struct ptn_node_loading){ .done = sent, .context = coming };
    if (!ptn_ok(write_file(coming)) ||
        !ptn_ok(ptn_node_manifest_load(coming->node, &who, ptn_buffer_bytes(&coming->file),
                                       coming->arena, &coming->loading, NULL))) {
        coming->made_count = 0;
        coming->state = MAKING;
    }
}

void ptn_coming_step(struct ptn_coming *coming, int64_t now_ms)
{
    const struct ptn_world *world;
    struct ptn_date today;

    if (coming == NULL)
        return;
    coming->now_ms = now_ms;
    if (coming->state == SENDING || now_ms < coming->next_ms)
        return;
    world = ptn_node_world(coming->node);
    today = ptn_place_local_date(world->now_ms(world->context));
    for (size_t i = coming->made_count; i < specimen_count(coming); i++)
        (void)snprintf(coming->made[coming->made_count++], PTN_MRZ_COMPOSED_SIZE, "%s",
                       specimens[i]);
    for (unsigned i = 0; i < A_STEP && coming->made_count < PEOPLE; i++) {
        ptn_arena_clear(coming->arena);
        if (ptn_traveller_invent(coming->node, coming->arena, today,
                                 coming->made[coming->made_count]))
            coming->made_count++;
    }
    if (coming->made_count == PEOPLE)
        send_list(coming);
}

/* Somebody is there. *ret_plate: of the car that the next ones sit in; NULL: on foot. */
static bool are_there(const struct ptn_coming *coming, const char **ret_plate)
{
    size_t place;

    if (coming == NULL || coming->here_next == coming->here_count ||
        coming->now_ms < coming->due_ms)
        return false;
    place = coming->here_next + coming->here_from;
    *ret_plate = coming->here_plates[place / TOGETHER][0] != '\0' && place % TOGETHER == 0
                     ? coming->here_plates[place / TOGETHER]
                     : NULL;
    return true;
}

bool ptn_coming_next(struct ptn_coming *coming, char ret_mrz[PTN_MRZ_COMPOSED_SIZE])
{
    const char *plate;

    if (!are_there(coming, &plate) || plate != NULL)
        return false;
    memcpy(ret_mrz, coming->here[coming->here_next++], PTN_MRZ_COMPOSED_SIZE);
    return true;
}

size_t ptn_coming_car(struct ptn_coming *coming, char ret_plate[PTN_COMING_PLATE_SIZE],
                      char ret_mrz[][PTN_MRZ_COMPOSED_SIZE])
{
    const char *plate;

    if (!are_there(coming, &plate) || plate == NULL ||
        coming->here_count - coming->here_next < TOGETHER)
        return 0;
    memcpy(ret_plate, plate, PTN_COMING_PLATE_SIZE);
    for (size_t i = 0; i < TOGETHER; i++)
        memcpy(ret_mrz[i], coming->here[coming->here_next++], PTN_MRZ_COMPOSED_SIZE);
    return TOGETHER;
}
