// Text on the firmware's console: by SBI's debug console, or byte by byte where that is missing.
#include "kernel/console.hpp"

#include "kernel/device_tree.hpp"
#include "kernel/format.hpp"
#include "kernel/pages.hpp"
#include "kernel/sbi.hpp"

namespace {

// A line or less; the debug console takes a physical address, so it must not be on a user's page.
struct Buffer {
  char text[128];
  size_t size = 0;
  void flush() {
    console_write(text, size);
    size = 0;
  }
  void operator()(char c) {
    text[size++] = c;
    if (size == sizeof text || c == '\n') flush();
  }
};

void print_arguments(const char* text, va_list arguments) {
  Buffer buffer;
  format([&buffer](char c) { buffer(c); }, text, arguments);
  buffer.flush();
}

}  // namespace

void console_write(const char* text, size_t size) {
  static const bool has_debug_console = sbi_has(kSbiConsole);
  while (size) {
    const SbiResult result = has_debug_console ? sbi_console_write(physical_of(text), size) : SbiResult{-1, 0};
    size_t written = static_cast<size_t>(result.value);
    if (result.error) {
      sbi_call(kSbiLegacyPutchar, 0, static_cast<uint8_t>(*text));
      written = 1;
    }
    text += written;
    size -= written;
  }
}

void print(const char* text, ...) {
  va_list arguments;
  va_start(arguments, text);
  print_arguments(text, arguments);
  va_end(arguments);
}

// SBI has room for "failure", but OpenSBI on the virt board powers off by the syscon node, which
// knows no failures: so the test device is told directly.
void power_off(uint64_t status) {
  constexpr uint32_t kFinisherFail = 0x3333;
  if (status && platform.finisher) {
    *at_physical<volatile uint32_t>(platform.finisher) = kFinisherFail | static_cast<uint32_t>(status & 255) << 16;
    // QEMU goes on for a moment, and would take what SBI does now for the last word.
    for (const uint64_t end = CSR_READ(time) + platform.timebase; CSR_READ(time) < end;) {}
  }
  sbi_power_off(status != 0);
}

void panic(const char* text, ...) {
  va_list arguments;
  va_start(arguments, text);
  print("kernel: ");
  print_arguments(text, arguments);
  print("\n");
  va_end(arguments);
  power_off(1);
}
