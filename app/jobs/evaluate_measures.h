/* SPDX-License-Identifier: Apache-2.0 */
/* What was measured of a set, as numbers of the report: private to app/jobs. Ids are those of
 * docs/evaluation.md. */
#pragma once

#include "app/evaluate/evaluation_report.h"
#include "app/evaluate/fidelity/discriminator.h"
#include "app/evaluate/fidelity/fidelity.h"
#include "app/evaluate/fidelity/memorisation.h"
#include "app/jobs/evaluate_look.h"

void evaluate_add_fidelity(EvaluationReport *report, guint set, const FidelityReport *found);
void evaluate_add_legality(EvaluationReport *report, guint set, const LookedSet *drawn,
                           const LookedSet *real);
void evaluate_add_compliance(EvaluationReport *report, guint set, const LookedSet *drawn,
                             const LookedSet *real);
void evaluate_add_discriminator(EvaluationReport *report, guint set, EvaluationFeatures features,
                                const DiscriminatorResult *found);
void evaluate_add_memorisation(EvaluationReport *report, guint set,
                               const MemorisationReport *found);
