// Reads lab.json: the whole, its guest, machine, parameters and sweep.
#include "cli/lab/lab_file.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/lab/lab_parts.hpp"
#include "machine/file_bytes.hpp"

namespace rvx::cli::lab {
namespace {

constexpr uint64_t kMaxFileBytes = 1 << 20;
constexpr double kMost = 1e15;
constexpr size_t kMostValues = 10000;

// The words of `Words` with what each stands for.
template <class E>
struct Word {
  std::string_view word;
  E value;
};

template <class E, size_t n>
E one_of(Fields& fields, const char* key, const Word<E> (&words)[n], E otherwise) {
  const std::string text = fields.text(key);
  if (text.empty()) return otherwise;
  std::string allowed;
  for (const Word<E>& word : words) {
    if (word.word == text) return word.value;
    allowed += (allowed.empty() ? "" : ", ") + std::string(word.word);
  }
  fields.complain(key, fmt::format("'{}'; allowed: {}", text, allowed));
  return otherwise;
}

std::vector<Value> listed(Fields& fields, const char* key, const Json& json) {
  std::vector<Value> all;
  for (const Json& one : json) {
    std::optional<Value> value = json_value(one);
    if (!value) return fields.complain(key, "allowed: a list of numbers and words"), all;
    if (std::find(all.begin(), all.end(), *value) != all.end()) fields.complain(key, fmt::format("{} stands twice", value_text(*value)));
    all.push_back(std::move(*value));
  }
  if (all.empty()) fields.complain(key, "is empty");
  return all;
}

// A list, or {"from", "to", "times" or "plus"}.
std::vector<Value> values_of(Fields& fields, const char* key) {
  const Json* json = fields.any(key);
  if (json == nullptr) return {};
  if (json->is_array()) return listed(fields, key, *json);
  std::vector<Value> all;
  fields.object(key, [&](Fields& range) {
    const double from = range.number("from", 0, -kMost, kMost), to = range.number("to", 0, -kMost, kMost);
    const double times = range.number("times", 1, 1.0001, 1e6), plus = range.number("plus", 0, 1e-9, kMost);
    if (range.has("times") == range.has("plus")) return range.complain("times", "allowed: either times or plus, and from and to");
    if (to < from || (range.has("times") && from <= 0)) return range.complain("to", "allowed: not below from, and from above 0 with times");
    for (double at = from; at <= to; at = at * times + plus) {
      all.emplace_back(at);
      if (all.size() > kMostValues) return range.complain("to", fmt::format("too many values; allowed: {}", kMostValues));
    }
  });
  return all;
}

Allowed allowed_of(Fields& fields, const std::vector<Value>& values) {
  Allowed allowed;
  const Json* json = fields.any("allowed");
  if (json == nullptr) {
    allowed.list = values;
  } else if (json->is_array()) {
    allowed.list = listed(fields, "allowed", *json);
  } else {
    fields.object("allowed", [&](Fields& range) {
      allowed.from = range.number("from", 0, -kMost, kMost);
      allowed.to = range.number("to", allowed.from, -kMost, kMost);
      allowed.step = range.number("step", 1, 1, kMost);
      allowed.is_power_of_two = range.flag("power_of_two", false);
      if (allowed.to < allowed.from) range.complain("to", "allowed: not below from");
    });
  }
  return allowed;
}

void read_override(const std::string& name, const Json& json, const std::string& where, MachinePart& machine, Problems& problems) {
  if (json.is_null()) {
    machine.overrides.emplace_back(name, std::nullopt);
    return;
  }
  if (name.find('.') == std::string::npos) return problems.add(where, "allowed: section.key with a value, or a section with null");
  const std::optional<Value> value = json_value(json);
  if (!value) return problems.add(where, "allowed: a string or a number");
  Result<Template> read = parse_template(value_text(*value));
  if (!read) return problems.add(where, read.error().text);
  machine.overrides.emplace_back(name, std::move(*read));
}

Outcome parse_json(const std::string& file, std::string_view text, Json& json) {
  try {
    json = Json::parse(text, nullptr, true, true);
  } catch (const nlohmann::json::parse_error& error) {
    const auto end = std::min(error.byte, text.size());
    const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(end > 0 ? end - 1 : 0), '\n');
    return unusable_error(fmt::format("{}:{}: no JSON from here on", file, line));
  }
  if (!json.is_object()) return unusable_error(fmt::format("{}: allowed: one JSON object", file));
  return std::monostate{};
}

Outcome choose_guest(const std::string& file, const std::string& guest, Json& json, std::vector<std::string>& names) {
  if (!json.contains("guests")) {
    if (guest.empty()) return std::monostate{};
    return usage_error(fmt::format("--guest {}: {} has no other guests", guest, file));
  }
  const Json variants = json.at("guests");
  json.erase("guests");
  if (!variants.is_object()) return unusable_error(fmt::format("{}: guests: allowed: an object", file));
  for (const auto& [name, patch] : variants.items()) names.push_back(name);
  if (guest.empty()) return std::monostate{};
  if (!variants.contains(guest)) return usage_error(fmt::format("--guest {}: {} has no such guest; allowed: {}", guest, file, fmt::join(names, ", ")));
  json.merge_patch(variants.at(guest));
  if (!json.is_object()) return unusable_error(fmt::format("{}: guests.{}: allowed: an object", file, guest));
  return std::monostate{};
}

}  // namespace

void read_guest(Fields& top, Guest& guest) {
  if (!top.has("guest")) top.complain("guest", "is missing");
  top.object("guest", [&](Fields& fields) {
    static constexpr Word<GuestKind> kKinds[] = {{"bare", GuestKind::kBare}, {"kernel", GuestKind::kKernel}, {"debian", GuestKind::kDebian}};
    if (!fields.has("kind")) fields.complain("kind", "is missing; allowed: bare, kernel, debian");
    guest.kind = one_of(fields, "kind", kKinds, GuestKind::kBare);
    guest.program = fields.filled("program", "");
    if (guest.program.empty()) fields.complain("program", "is missing");
    guest.arguments = fields.all_filled("arguments");
    guest.boot = fields.all_filled("boot");
    guest.files = fields.texts("files");
    if (guest.kind != GuestKind::kKernel && !guest.boot.empty()) fields.complain("boot", "is for guests of kind kernel");
    if (guest.kind != GuestKind::kDebian && !guest.files.empty()) fields.complain("files", "is for guests of kind debian");
  });
}

void read_machine(Fields& top, MachinePart& machine) {
  machine.harts = *parse_template("1");
  machine.model = *parse_template("none");
  top.object("machine", [&](Fields& fields) {
    machine.harts = fields.filled("harts", "1");
    machine.memory = fields.filled("memory", "");
    machine.model = fields.filled("model", "none");
    machine.engine = fields.filled("engine", "");
    fields.members("overrides", [&](const std::string& name, const Json& json, const std::string& where) {
      read_override(name, json, where, machine, fields.problems());
    });
    fields.object("disk", [&](Fields& disk) {
      machine.disk.emplace();
      machine.disk->file = disk.text("file", true);
      machine.disk->latency = disk.filled("latency", "0");
    });
    machine.options = fields.all_filled("options");
    machine.timeout_s = fields.number("timeout", machine.timeout_s, 1, 86400);
    machine.instructions = static_cast<uint64_t>(fields.number("instructions", 0, 1, kMost));
  });
}

void read_parameters(Fields& top, std::vector<Parameter>& parameters) {
  top.members("parameters", [&](const std::string& name, const Json& json, const std::string& where) {
    if (!is_name(name, false)) return top.problems().add(where, "allowed: a name of small letters, digits and _");
    Fields fields(json, where, top.problems());
    if (top.problems().any()) return;
    Parameter one;
    one.name = name;
    one.text = fields.text("text");
    one.unit = fields.text("unit");
    one.is_for_students = fields.flag("students", false);
    if (!fields.has("values")) fields.complain("values", "is missing");
    one.values = values_of(fields, "values");
    one.has_quick = fields.has("quick");
    one.quick = one.has_quick ? values_of(fields, "quick") : one.values;
    one.allowed = allowed_of(fields, one.values);
    for (const auto* list : {&one.values, &one.quick})
      for (const Value& value : *list)
        if (!one.allowed.has(value)) fields.complain(list == &one.quick ? "quick" : "values", fmt::format("{} is not allowed; allowed: {}", value_text(value), one.allowed.text()));
    (void)fields.any("quick");
    fields.finish();
    parameters.push_back(std::move(one));
  });
}

void read_sweep(Fields& top, Lab& lab) {
  top.object("sweep", [&](Fields& fields) {
    lab.has_product = fields.flag("product", true);
    for (const std::string& text : fields.texts("only")) {
      Result<Expression> read = parse_expression(text);
      if (!read) return fields.complain("only", read.error().text);
      lab.only.push_back(std::move(*read));
    }
    const Json* points = fields.any("points");
    if (points == nullptr) return;
    if (!points->is_array()) return fields.complain("points", "allowed: a list of objects");
    for (const Json& point : *points) {
      if (!point.is_object()) return fields.complain("points", "allowed: a list of objects");
      Assignments changes;
      for (const auto& [name, json] : point.items()) {
        const Parameter* parameter = lab.parameter(name);
        const std::optional<Value> value = json_value(json);
        if (parameter == nullptr) return fields.complain("points", fmt::format("no parameter is called '{}'", name));
        if (!value || !parameter->allowed.has(*value)) return fields.complain("points", fmt::format("{}: {} is not allowed; allowed: {}", name, json.dump(), parameter->allowed.text()));
        changes.emplace_back(name, *value);
      }
      lab.points.push_back(std::move(changes));
    }
  });
}

Result<Lab> parse_lab(const std::string& file, const std::string& name, std::string_view text, const std::string& guest) {
  Lab lab;
  lab.name = name;
  lab.file = file;
  Json json;
  if (Outcome done = parse_json(file, text, json); !done) return done.error();
  if (Outcome done = choose_guest(file, guest, json, lab.guests); !done) return done.error();
  Problems problems(file);
  Fields top(json, "", problems);
  lab.title = top.text("title", true);
  lab.question = top.text("question", true);
  lab.prediction = top.text("prediction", true);
  lab.minutes = top.number("minutes", 1, 0, 600);
  read_guest(top, lab.guest);
  read_machine(top, lab.machine);
  read_parameters(top, lab.parameters);
  read_sweep(top, lab);
  read_columns(top, lab.columns);
  read_plots(top, lab.plots);
  read_claims(top, lab.claims);
  read_questions(top, lab.questions);
  read_slides(top, lab.slides);
  top.finish();
  if (!problems.any()) check_names(lab, problems);
  if (problems.any()) return problems.error();
  return lab;
}

Result<Lab> read_lab(const std::string& folder, const std::string& guest) {
  const std::string path = folder + "/lab.json";
  const auto file = FileBytes::open(path, kMaxFileBytes);
  if (!file) return file.error();
  const auto bytes = (*file)->bytes();
  std::string_view clean = folder;
  while (clean.size() > 1 && clean.ends_with('/')) clean.remove_suffix(1);
  const std::string name(clean.substr(clean.rfind('/') + 1));
  Result<Lab> lab = parse_lab(path, name, {reinterpret_cast<const char*>(bytes.data()), bytes.size()}, guest);
  if (lab) lab->folder = std::string(clean);
  return lab;
}

}  // namespace rvx::cli::lab
