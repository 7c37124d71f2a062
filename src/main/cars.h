/*
 * main/cars.h -- a demonstration's cars: people who do not exist, who cross together in a vehicle
 * that does not exist, by one record.
 *
 * Stepped by the callbacks of the node's owner, at a lane of their own.
 */
#ifndef PTN_MAIN_CARS_H
#define PTN_MAIN_CARS_H
#include "main/coming.h"
#include "node/lane.h"
#include "serve/serve.h"

struct ptn_cars; /* opaque */

/*
 * All Borrowed, coming may be NULL; arena is scratch for one car at a time, shared with whoever
 * else is not at work meanwhile. NULL: no memory. done: the car is through, or was left where it
 * stood.
 */
struct ptn_cars *ptn_cars_new(struct ptn_node *node, struct ptn_serve *serve,
                              struct ptn_coming *coming, struct ptn_arena *arena,
                              const struct ptn_officer *officer, void (*done)(void *context),
                              void *context);
/* After the node is closed. NULL is fine. */
void ptn_cars_free(struct ptn_cars *cars);

/* A plate of Utopia. */
void ptn_car_plate(const struct ptn_node *node, char ret_plate[PTN_COMING_PLATE_SIZE]);

/* True: a car has come, or one that is inside leaves, and done will be called. */
bool ptn_cars_next(struct ptn_cars *cars);
#endif
