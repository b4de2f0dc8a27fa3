// Device interrupts, by way of the PLIC, all to the hart that booted.
#include "kernel/plic.hpp"

#include "kernel/thread.hpp"
#include "kernel/virtio_block.hpp"

namespace {

volatile uint32_t& reg(uint64_t offset) { return *at_physical<volatile uint32_t>(platform.plic + offset); }

uint64_t context_of(const Hart& hart) { return static_cast<uint64_t>(platform.harts[hart.number].plic_context); }

}  // namespace

void enable_device_interrupt(uint32_t source) {
  const uint64_t context = context_of(this_hart());
  reg(4 * source) = 1;  // priority
  volatile uint32_t& enabled = reg(0x2000 + 0x80 * context + source / 32 * 4);
  enabled = enabled | 1u << source % 32;
  reg(0x200000 + 0x1000 * context) = 0;  // threshold
  CSR_SET(sie, kSEI);
}

void device_interrupts() {
  volatile uint32_t& claim = reg(0x200004 + 0x1000 * context_of(this_hart()));
  while (const uint32_t source = claim) {
    emit(Event::kInterrupt, 0, 0, 0, source);
    disk_interrupt(source);
    claim = source;  // complete
  }
}
