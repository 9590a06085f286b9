/* SPDX-License-Identifier: Apache-2.0 */
/* Private to forests*.c. */
#pragma once

#include "app/evaluate/forests.h"

Forests *forests_new(int n_packets); /* no axis yet */
