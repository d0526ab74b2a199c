#include "archive/entry_names.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "archive/manifest.hpp"

namespace snapq::archive {
namespace {

constexpr std::string_view k_device_prefix = "allocations.device";
constexpr std::string_view k_device_suffix = ".json";

}  // namespace

std::string timeline_entry(std::int64_t device, std::int64_t viewer_device) {
    if (device == viewer_device) return std::string(k_timeline_entry);
    return fmt::format("{}{}{}", k_device_prefix, device, k_device_suffix);
}

bool is_entry_name(std::string_view name) {
    if (name == k_timeline_entry || name == k_database_entry || name == Manifest::k_entry_name) return true;
    if (!name.starts_with(k_device_prefix) || !name.ends_with(k_device_suffix)) return false;
    name.remove_prefix(k_device_prefix.size());
    if (name.size() <= k_device_suffix.size()) return false;
    name.remove_suffix(k_device_suffix.size());
    return std::ranges::all_of(name, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace snapq::archive
