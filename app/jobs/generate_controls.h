/* SPDX-License-Identifier: Apache-2.0 */
/* The controls of a generation as the generator takes them: maps read, ControlNets opened. Private
 * to app/jobs; the worker's thread. */
#pragma once

#include "app/jobs/generate_control.h"
#include "app/jobs/generate_session.h"

typedef struct {
    GPtrArray *asked;                        /* GenerateControl, owned */
    GeneratorControl controls[MAX_CONTROLS]; /* borrow from here */
    float *maps[MAX_CONTROLS];               /* (3, height, width), owned */
    double *layers[MAX_CONTROLS];            /* owned */
    int n, width, height;                    /* of the maps; 0 without */
} GenerateControls;

/* Reads the maps, which must be of one size. */
bool generate_controls_read(GenerateControls *controls, const GenerateParams *params,
                            GError **error);
/* Opens the ControlNets that controls name themselves, in the session. */
bool generate_controls_open(GenerateControls *controls, GenerateSession *session, GError **error);
void generate_controls_clear(GenerateControls *controls);

/* For the generator: borrows from control, but *layers is the caller's to free. map and net are
 * still to be set. */
GeneratorControl generate_control_for(const GenerateControl *control, double **layers);
