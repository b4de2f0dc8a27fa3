// How long decoding takes: instructions as compilers mix them, 32-bit and compressed ones.
#include <array>

#include <benchmark/benchmark.h>

#include "cpu/isa/decode.hpp"

namespace rvx {
namespace {

constexpr std::array<uint32_t, 16> kCode = {
    0x00c58533,  // add a0, a1, a2
    0x0005b603,  // ld a2, 0(a1)
    0x1141,      // c.addi sp, -16
    0xe406,      // c.sdsp ra, 8(sp)
    0x00a5d463,  // bge a1, a0, 8
    0x852e,      // c.mv a0, a1
    0x02c585b3,  // mul a1, a1, a2
    0x6398,      // c.ld a4, 0(a5)
    0x0ff57513,  // andi a0, a0, 255
    0xfe7ff0ef,  // jal ra, -26
    0x0785,      // c.addi a5, 1
    0xbfe5,      // c.j -8
    0x00b52023,  // sw a1, 0(a0)
    0x02b57553,  // fadd.d fa0, fa0, fa1, dynamic
    0x8082,      // c.jr ra
    0x00153517,  // auipc a0, 0x153
};

void decode_compiled_code(benchmark::State& state) {
  const isa::IsaConfig config = isa::IsaConfig::all();
  for (auto _ : state)
    for (const uint32_t bits : kCode) benchmark::DoNotOptimize(isa::decode(bits, config));
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(kCode.size()));
}
BENCHMARK(decode_compiled_code);

}  // namespace
}  // namespace rvx
