// Benchmark: single-precision signal processing: a chain of biquad filters, a long FIR filter, an envelope with limiter.
#include "bench/lib/bench.h"

enum { kSamples = 4096, kTaps = 48, kSections = 4, kRounds = 2800 };

struct Section {
  float b0, b1, b2, a1, a2;
  float z1, z2;
};

static float signal[kSamples + kTaps], filtered[kSamples];
static float taps[kTaps];
static struct Section sections[kSections];

// Low passes of falling cut-off; poles well inside the unit circle.
static void design(void) {
  for (int i = 0; i < kSections; ++i) {
    const float pole = 0.5f + 0.1f * (float)i, gain = (1 - pole) * (1 - pole) / 4;
    sections[i] = (struct Section){gain, 2 * gain, gain, -2 * pole, pole * pole, 0, 0};
  }
  float total = 0;
  for (int i = 0; i < kTaps; ++i) {
    const float t = ((float)i + 0.5f) / kTaps;
    taps[i] = t * (1 - t);
    total += taps[i];
  }
  for (int i = 0; i < kTaps; ++i) taps[i] /= total;
}

static BENCH_NOINLINE void biquads(void) {
  for (int n = 0; n < kSamples; ++n) {
    float x = filtered[n];
    for (int i = 0; i < kSections; ++i) {
      struct Section* s = &sections[i];
      const float y = s->b0 * x + s->z1;
      s->z1 = s->b1 * x - s->a1 * y + s->z2;
      s->z2 = s->b2 * x - s->a2 * y;
      x = y;
    }
    filtered[n] = x;
  }
}

static BENCH_NOINLINE void fir(void) {
  for (int n = 0; n < kSamples; ++n) {
    float sum = 0;
    for (int i = 0; i < kTaps; ++i) sum += taps[i] * signal[n + i];
    filtered[n] = sum;
  }
}

static BENCH_NOINLINE int limit(float* envelope) {
  int limited = 0;
  for (int n = 0; n < kSamples; ++n) {
    const float size = filtered[n] < 0 ? -filtered[n] : filtered[n];
    *envelope += (size - *envelope) * (size > *envelope ? 0.25f : 0.01f);
    if (*envelope > 0.05f) {
      filtered[n] *= 0.05f / *envelope;
      ++limited;
    }
  }
  return limited;
}

static uint32_t bits_of(float value) {
  union {
    float number;
    uint32_t bits;
  } as = {value};
  return as.bits;
}

uint64_t bench_run(unsigned percent) {
  uint64_t random = 5, sum = 0, limited = 0;
  float envelope = 0;
  design();
  for (uint64_t round = bench_scaled(kRounds, percent); round; --round) {
    for (int i = 0; i < kTaps; ++i) signal[i] = signal[kSamples + i];
    for (int i = kTaps; i < kSamples + kTaps; ++i) signal[i] = (float)((int32_t)bench_random(&random) >> 8) * (1.0f / 8388608);
    fir();
    biquads();
    limited += (uint64_t)limit(&envelope);
    for (int n = 0; n < kSamples; n += 64) sum = bench_mix(sum, bits_of(filtered[n]));
    if (!(envelope >= 0 && envelope < 1)) bench_fail("a stable filter's output is bounded");
  }
  return bench_mix(sum, limited);
}
