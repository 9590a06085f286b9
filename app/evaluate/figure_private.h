/* SPDX-License-Identifier: Apache-2.0 */
/* What writing and reading a file of figures agree on. */
#pragma once

#define FIGURES_FORMAT "torchlight-figures"
enum { FIGURES_VERSION = 1 };
