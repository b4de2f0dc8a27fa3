// Benchmark: five bodies under gravity, double precision: multiplications, divisions and square roots that wait for each other.
#include "bench/lib/bench.h"

enum { kBodies = 5, kSteps = 6000000 };

struct Body {
  double x, y, z, vx, vy, vz, mass;
};

static struct Body bodies[kBodies];

// A sun and four planets on circles in planes that are slightly tilted. Their speed is that of the
// circle: v^2 = mass / r.
static void place_bodies(void) {
  bodies[0] = (struct Body){.mass = 40};
  for (int i = 1; i < kBodies; ++i) {
    const double r = (double)(i * i) + 0.5, speed = __builtin_sqrt(bodies[0].mass / r), tilt = 0.03125 * i;
    const double flat = __builtin_sqrt(1 - tilt * tilt);
    bodies[i] = (struct Body){.mass = 0.002 * (kBodies - i)};
    bodies[i].x = i % 2 ? r : -r;
    bodies[i].vy = (i % 2 ? speed : -speed) * flat;
    bodies[i].vz = speed * tilt;
  }
}

static double energy(void) {
  double sum = 0;
  for (int i = 0; i < kBodies; ++i) {
    const struct Body* a = &bodies[i];
    sum += 0.5 * a->mass * (a->vx * a->vx + a->vy * a->vy + a->vz * a->vz);
    for (int j = i + 1; j < kBodies; ++j) {
      const struct Body* b = &bodies[j];
      const double x = a->x - b->x, y = a->y - b->y, z = a->z - b->z;
      sum -= a->mass * b->mass / __builtin_sqrt(x * x + y * y + z * z);
    }
  }
  return sum;
}

static BENCH_NOINLINE void step(double dt) {
  for (int i = 0; i < kBodies; ++i) {
    struct Body* a = &bodies[i];
    for (int j = i + 1; j < kBodies; ++j) {
      struct Body* b = &bodies[j];
      const double x = a->x - b->x, y = a->y - b->y, z = a->z - b->z;
      const double square = x * x + y * y + z * z, pull = dt / (square * __builtin_sqrt(square));
      a->vx -= x * b->mass * pull;
      a->vy -= y * b->mass * pull;
      a->vz -= z * b->mass * pull;
      b->vx += x * a->mass * pull;
      b->vy += y * a->mass * pull;
      b->vz += z * a->mass * pull;
    }
  }
  for (int i = 0; i < kBodies; ++i) {
    struct Body* a = &bodies[i];
    a->x += dt * a->vx;
    a->y += dt * a->vy;
    a->z += dt * a->vz;
  }
}

uint64_t bench_run(unsigned percent) {
  place_bodies();
  const double before = energy();
  for (uint64_t i = bench_scaled(kSteps, percent); i; --i) step(0.0005);
  const double drift = energy() / before - 1;
  if (!(drift > -0.01 && drift < 0.01)) bench_fail("energy is not conserved");
  uint64_t sum = bench_mix_double(0, drift);
  for (int i = 0; i < kBodies; ++i)
    sum = bench_mix_double(bench_mix_double(bench_mix_double(sum, bodies[i].x), bodies[i].y), bodies[i].z);
  return sum;
}
