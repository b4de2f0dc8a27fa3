// Device interrupts, by way of the PLIC, all to the hart that booted.
#pragma once

#include <stdint.h>

void enable_device_interrupt(uint32_t source);
void device_interrupts();
