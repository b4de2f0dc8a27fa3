// The events that the kernel and its programs tell an observer; lib/events.h has their format.
#pragma once

#include "lib/events.h"
