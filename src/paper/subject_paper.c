/*
 * paper/subject_paper.c -- a person's own copy. Rows come one by one and are drawn as they come: a
 * page that is full is shown, and the next one begins with its head.
 */
#include "paper/subject_paper.h"

#include <cairo-pdf.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "paper/page_int.h"
#include "reference/place.h"

#define WIDTH     (PTN_PAGE_WIDTH - 2 * PTN_PAGE_MARGIN)
#define FOOT_Y    (PTN_PAGE_HEIGHT - 44)
#define WHEN_X    (PTN_PAGE_MARGIN + 8)
#define WHAT_X    (PTN_PAGE_MARGIN + 120)
#define SIZE_ROW  8.5
#define ROW_LINE  11.0 /* a line of a row, and how many bytes it has at least */
#define ROW_BYTES 60u
#define PART_ROOM 90.0 /* a part's head with its first row */
#define LINE_SIZE 4096u
#define MINUTE_MS INT64_C(60000)
#define DAY_MS    INT64_C(86400000)

struct ptn_subject_paper {
    struct ptn_subject_title title;
    struct ptn_page page;
    struct ptn_buffer *out;
    size_t before;
    double y;
    size_t rows; /* of the part at hand */
    bool begun;  /* a part is at hand */
};

/* ---- pages ---- */

static void foot(struct ptn_subject_paper *paper)
{
    const struct ptn_subject_title *title = &paper->title;
    char text[LINE_SIZE];

    (void)snprintf(text, sizeof(text), "%.*s · %.*s %.*s · %u%s", (int)title->centre.len,
                   (const char *)title->centre.at, (int)title->issuer.len,
                   (const char *)title->issuer.at, (int)title->number.len,
                   (const char *)title->number.at, paper->page.number,
                   title->demonstration ? " · SPECIMEN" : "");
    (void)ptn_page_text(&paper->page, PTN_PAGE_MARGIN, PTN_PAGE_HEIGHT - 24, 7, false, 0,
                        ptn_bytes_from_text(text));
    cairo_show_page(paper->page.cairo);
    paper->page.number++;
}

/* What comes next has that much room below it, on a further page where this one is too full. */
static void need(struct ptn_subject_paper *paper, double room)
{
    if (paper->y + room <= FOOT_Y)
        return;
    foot(paper);
    paper->y = PTN_PAGE_MARGIN;
}

static void say(struct ptn_subject_paper *paper, double size, bool bold, const char *text)
{
    paper->y += ptn_page_text(&paper->page, PTN_PAGE_MARGIN, paper->y, size, bold, WIDTH,
                              ptn_bytes_from_text(text));
}

/* On the wall of a crossing point: "2026-11-29 14:05". */
static const char *wall(int64_t ms, char text[32])
{
    int64_t minute = (ms + ptn_place_utc_offset_minutes(ms) * MINUTE_MS) % DAY_MS / MINUTE_MS;
    char date[PTN_DATE_TEXT_SIZE];

    (void)snprintf(text, 32, "%s %02" PRId64 ":%02" PRId64,
                   ptn_date_write(ptn_place_local_date(ms), date), minute / 60, minute % 60);
    return text;
}

static void row(struct ptn_subject_paper *paper, const char *when, const char *what)
{
    const size_t lines = strlen(what) / ROW_BYTES + 2;
    double left, right;

    need(paper, ROW_LINE * (double)lines);
    left = ptn_page_text(&paper->page, WHEN_X, paper->y, SIZE_ROW, false, 0,
                         ptn_bytes_from_text(when));
    right = ptn_page_text(&paper->page, WHAT_X, paper->y, SIZE_ROW, false,
                          PTN_PAGE_WIDTH - PTN_PAGE_MARGIN - WHAT_X, ptn_bytes_from_text(what));
    paper->y += (left > right ? left : right) + 3;
    paper->rows++;
}

/* ---- opening and parts ---- */

static void head(struct ptn_subject_paper *paper)
{
    const struct ptn_subject_title *title = &paper->title;
    char text[LINE_SIZE], when[32], birth[PTN_DATE_TEXT_SIZE];

    paper->y = PTN_PAGE_MARGIN;
    say(paper, 18, true, "What is held about you\nÇfarë mbahet për ju");
    paper->y += 6;
    (void)snprintf(text, sizeof(text), "Document · Dokumenti: %.*s %.*s     Born · Lindur: %s",
                   (int)title->issuer.len, (const char *)title->issuer.at, (int)title->number.len,
                   (const char *)title->number.at, ptn_date_write(title->birth, birth));
    say(paper, 11, true, text);
    (void)snprintf(text, sizeof(text), "Made · Bërë: %s, %.*s, %.*s", wall(title->made_ms, when),
                   (int)title->centre.len, (const char *)title->centre.at, (int)title->officer.len,
                   (const char *)title->officer.at);
    say(paper, 9, false, text);
    paper->y += 6;
    say(paper, 9, false,
        "This is what the border's national centre holds under this document and may tell you. "
        "The law can let it keep back what would harm an investigation or another person; this "
        "copy does not say whether anything is kept back. If something is wrong, say so to "
        "whoever handed it to you: it is corrected beside what stands there. Hours are Tirana's.");
    paper->y += 3;
    say(paper, 9, false,
        "Kjo është ajo që qendra kombëtare e kufirit mban me këtë dokument dhe mund t'jua thotë. "
        "Ligji mund ta lejojë të mos japë atë që do të dëmtonte një hetim ose një person tjetër; "
        "kjo kopje nuk thotë nëse diçka nuk është dhënë. Nëse diçka është gabim, thuajani atij që "
        "jua dorëzoi: ndreqet pranë asaj që shkruhet. Orët janë të Tiranës.");
    paper->y += 4;
}

struct ptn_subject_paper *ptn_subject_paper_open(const struct ptn_subject_title *title,
                                                 struct ptn_buffer *out)
{
    struct ptn_subject_paper *paper = calloc(1, sizeof(*paper));

    if (paper == NULL)
        return NULL;
    paper->title = *title;
    paper->out = out;
    paper->before = out->len;
    paper->page.number = 1;
    ptn_page_open(&paper->page, out, ptn_place_local_date(title->made_ms),
                  "What is held about you");
    head(paper);
    return paper;
}

/* A part without rows says so. */
static void end_part(struct ptn_subject_paper *paper)
{
    if (paper->begun && paper->rows == 0)
        row(paper, "", "Nothing · Asgjë");
}

void ptn_subject_paper_part(struct ptn_subject_paper *paper, enum ptn_subject_part part)
{
    static const char *const heads[PTN_SUBJECT_PART_COUNT] = {
        [PTN_SUBJECT_CROSSINGS] = "Crossings · Kalimet",
        [PTN_SUBJECT_STAY] = "Days of stay · Ditët e qëndrimit",
        [PTN_SUBJECT_ORDERS] = "Orders to leave · Urdhra largimi",
        [PTN_SUBJECT_CASES] = "How the second line ended · Si përfundoi linja e dytë",
        [PTN_SUBJECT_PERMITS] = "Visas and permits · Viza dhe leje",
        [PTN_SUBJECT_LOOKS] = "Who looked, and what for · Kush ka parë, dhe përse",
    };

    end_part(paper);
    need(paper, PART_ROOM);
    paper->y += 6;
    say(paper, 11, true, heads[part]);
    ptn_page_line(&paper->page, PTN_PAGE_MARGIN, paper->y + 1, PTN_PAGE_WIDTH - PTN_PAGE_MARGIN,
                  paper->y + 1, 0.6);
    paper->y += 5;
    paper->rows = 0;
    paper->begun = true;
}

/* ---- rows ---- */

/* "TEXT, " of what there is, into a line that was begun. */
static void add(char line[LINE_SIZE], const char *name, struct ptn_bytes text)
{
    size_t len = strlen(line);

    if (text.len > 0 && len < LINE_SIZE)
        (void)snprintf(line + len, LINE_SIZE - len, "%s%s%.*s", len == 0 ? "" : " · ", name,
                       (int)text.len, (const char *)text.at);
}

static const char *happened(const struct ptn_crossing *crossing)
{
    if (crossing->outcome == PTN_OUTCOME_REFUSED)
        return "entry refused · hyrja u refuzua";
    if (crossing->outcome == PTN_OUTCOME_REFERRED)
        return "sent to the second line · dërguar në linjën e dytë";
    return crossing->direction == PTN_DIRECTION_ENTRY ? "entry · hyrje" : "exit · dalje";
}

void ptn_subject_paper_crossing(struct ptn_subject_paper *paper,
                                const struct ptn_crossing *crossing, bool on_paper)
{
    const struct ptn_person *person = &crossing->person;
    char line[LINE_SIZE] = "", when[32], date[PTN_DATE_TEXT_SIZE];

    add(line, "", ptn_bytes_from_text(happened(crossing)));
    add(line, "", crossing->post);
    add(line, "lane/korsia ", crossing->lane);
    add(line, "", person->surname);
    add(line, "", person->given);
    add(line, "", person->name);
    add(line, "", ptn_bytes_of(&person->sex, person->sex == 0 ? 0 : 1));
    add(line, "", ptn_bytes_from_text(person->nationality));
    if (!ptn_date_is_none(person->document.expiry))
        add(line, "expires/skadon ",
            ptn_bytes_from_text(ptn_date_write(person->document.expiry, date)));
    add(line, "vehicle/mjeti ", crossing->plate);
    add(line, "", crossing->voyage);
    add(line, "booking/rezervimi ", crossing->booking);
    add(line, "taken from/marrë nga ", crossing->imported);
    if (on_paper)
        add(line, "", PTN_BYTES_LITERAL("on paper · në letër"));
    row(paper, wall(crossing->time_ms, when), line);
}

void ptn_subject_paper_stay(struct ptn_subject_paper *paper, unsigned used, unsigned left,
                            struct ptn_date on)
{
    char line[LINE_SIZE], date[PTN_DATE_TEXT_SIZE];

    (void)snprintf(line, sizeof(line),
                   "%u used, %u left, of 90 in 180, for those whom that rule binds · %u të "
                   "përdorura, %u të mbetura, nga 90 në 180, për ata që i lidh ky rregull",
                   used, left, used, left);
    row(paper, ptn_date_write(on, date), line);
}

void ptn_subject_paper_order(struct ptn_subject_paper *paper, const struct ptn_leave *leave,
                             int64_t deadline_ms, bool annulled)
{
    char line[LINE_SIZE] = "", when[32], date[PTN_DATE_TEXT_SIZE];

    add(line, "", leave->issuer);
    add(line, "No./Nr. ", leave->reference);
    add(line, "until/deri ", ptn_bytes_from_text(wall(deadline_ms, when)));
    if (!ptn_date_is_none(leave->ban_until))
        add(line, "entry refused until/hyrja refuzohet deri ",
            ptn_bytes_from_text(ptn_date_write(leave->ban_until, date)));
    add(line, "", leave->contact);
    if (annulled)
        add(line, "", PTN_BYTES_LITERAL("annulled · i shfuqizuar"));
    row(paper, wall(leave->time_ms, when), line);
}

void ptn_subject_paper_case(struct ptn_subject_paper *paper, int64_t time_ms,
                            enum ptn_case_outcome outcome, struct ptn_bytes ground,
                            struct ptn_bytes post)
{
    char line[LINE_SIZE] = "", when[32];

    add(line, "",
        ptn_bytes_from_text(outcome == PTN_CASE_REFUSED ? "entry refused · hyrja u refuzua"
                            : outcome == PTN_CASE_PROTECTION
                                ? "request for protection handed over · kërkesa për mbrojtje u "
                                  "dorëzua"
                                : "let pass · u lejua"));
    add(line, "ground/shkaku ", ground);
    add(line, "", post);
    row(paper, wall(time_ms, when), line);
}

void ptn_subject_paper_permit(struct ptn_subject_paper *paper, const struct ptn_permit *permit)
{
    static const char *const kinds[PTN_PERMIT_COUNT] = {
        [PTN_PERMIT_SHORT_VISA] = "short-stay visa · vizë afatshkurtër",
        [PTN_PERMIT_LONG_VISA] = "long-stay visa · vizë afatgjatë",
        [PTN_PERMIT_RESIDENCE] = "residence permit · leje qëndrimi",
        [PTN_PERMIT_TRANSIT_VISA] = "transit visa · vizë tranziti",
    };
    char line[LINE_SIZE] = "", date[PTN_DATE_TEXT_SIZE];

    add(line, "", ptn_bytes_from_text(kinds[permit->kind] == NULL ? "" : kinds[permit->kind]));
    add(line, "", ptn_bytes_from_text(permit->issuer));
    add(line, "", permit->number);
    add(line, "until/deri ", ptn_bytes_from_text(ptn_date_write(permit->until, date)));
    if (permit->status == PTN_PERMIT_WITHDRAWN)
        add(line, "", PTN_BYTES_LITERAL("withdrawn · i tërhequr"));
    add(line, "taken from/marrë nga ", permit->imported);
    row(paper, ptn_date_is_none(permit->from) ? "" : ptn_date_write(permit->from, date), line);
}

void ptn_subject_paper_look(struct ptn_subject_paper *paper, const struct ptn_access *look)
{
    static const char *const purposes[PTN_PURPOSE_COUNT] = {
        [PTN_PURPOSE_FIRST_LINE] = "first line · linja e parë",
        [PTN_PURPOSE_LOOK_BACK] = "the lane's last crossings · kalimet e fundit të korsisë",
        [PTN_PURPOSE_SECOND_LINE] = "second line · linja e dytë",
        [PTN_PURPOSE_SEARCH] = "search · kërkim",
        [PTN_PURPOSE_OVERSIGHT] = "review of others' work · kontroll i punës së të tjerëve",
        [PTN_PURPOSE_SUBJECT] = "the person asked · e kërkoi vetë personi",
        [PTN_PURPOSE_BEFORE_ARRIVAL] = "a carrier's list · lista e një transportuesi",
    };
    char line[LINE_SIZE] = "", when[32];

    add(line, "",
        ptn_bytes_from_text(purposes[look->purpose] == NULL ? "" : purposes[look->purpose]));
    add(line, "", look->post);
    add(line, "lane/korsia ", look->lane);
    add(line, "", look->officer);
    row(paper, wall(look->time_ms, when), line);
}

struct ptn_status ptn_subject_paper_close(struct ptn_subject_paper *paper, struct ptn_diag *reterr)
{
    bool good;

    if (paper == NULL)
        return PTN_OK;
    end_part(paper);
    foot(paper);
    good = ptn_page_close(&paper->page);
    if (!good)
        paper->out->len = paper->before;
    free(paper);
    return good ? PTN_OK : ptn_fail(PTN_C_TOO_BIG, reterr, 0, "the pages do not fit");
}
