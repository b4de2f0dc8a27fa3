// Freestanding runtime of bare-metal programs: text output, exit, harts, device addresses.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define RT_NORETURN [[noreturn]]
extern "C" {
#else
#define RT_NORETURN _Noreturn
#endif

enum { RT_MAX_HARTS = 8, RT_TIMEBASE_HZ = 10000000 };

// What rvx's virt machine, Spike and QEMU's virt have at the same addresses.
#define RT_UART 0x10000000ul
#define RT_CLINT 0x2000000ul
#define RT_PLIC 0xc000000ul
#define RT_FINISHER 0x100000ul  // not on Spike

static inline uint8_t rt_read8(uintptr_t at) { return *(volatile uint8_t*)at; }
static inline uint32_t rt_read32(uintptr_t at) { return *(volatile uint32_t*)at; }
static inline uint64_t rt_read64(uintptr_t at) { return *(volatile uint64_t*)at; }
static inline void rt_write8(uintptr_t at, uint8_t v) { *(volatile uint8_t*)at = v; }
static inline void rt_write32(uintptr_t at, uint32_t v) { *(volatile uint32_t*)at = v; }
static inline void rt_write64(uintptr_t at, uint64_t v) { *(volatile uint64_t*)at = v; }

static inline volatile uint32_t* rt_msip(unsigned hart) { return (volatile uint32_t*)(RT_CLINT + 4 * hart); }
static inline volatile uint64_t* rt_mtimecmp(unsigned hart) { return (volatile uint64_t*)(RT_CLINT + 0x4000 + 8 * hart); }
static inline volatile uint64_t* rt_mtime(void) { return (volatile uint64_t*)(RT_CLINT + 0xbff8); }

// Text to the UART. M-mode only, as everything below.
void rt_putc(char c);
void rt_puts(const char* text);
void rt_put_hex(uint64_t value);
void rt_put_dec(uint64_t value);
// %s, %c, %d (int64_t), %u and %x (uint64_t); nothing else, no widths. Every number is 64 bits wide.
void rt_printf(const char* format, ...);

// End the program: HTIF first; where nobody listens there, the test finisher.
RT_NORETURN void rt_exit(uint64_t code);
RT_NORETURN void rt_report_trap(uint64_t cause, uint64_t epc, uint64_t tval);

// a0 and a1 as a hart had them when it came to _start: its number, the device tree.
extern uint64_t rt_reset_arguments[RT_MAX_HARTS][2];

// How many harts the device tree has (at most RT_MAX_HARTS).
unsigned rt_hart_count(void);
// What the device tree's /chosen has as bootargs: "" without any.
const char* rt_boot_arguments(void);
// Call `work(hart)` in M-mode on another hart, which runs nothing now. Returns at once.
void rt_run_on(unsigned hart, void (*work)(unsigned hart));
// Wait until that hart has returned from its work.
void rt_wait_for(unsigned hart);

void* memcpy(void* to, const void* from, size_t count);
void* memmove(void* to, const void* from, size_t count);
void* memset(void* to, int byte, size_t count);
int memcmp(const void* a, const void* b, size_t count);

#ifdef __cplusplus
}
#endif
