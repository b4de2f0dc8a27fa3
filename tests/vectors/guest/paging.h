// Turns on Sv39 for cases that run in S-mode.
#pragma once

#include "layout.h"

// Once, in M-mode, before the first case. The addresses of layout.h stay valid for both modes.
void start_paging(void);
