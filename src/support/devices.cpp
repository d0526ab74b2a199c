#include "support/devices.hpp"

#include <charconv>

namespace snapq {
namespace {

constexpr std::string_view k_host = "host";

}  // namespace

std::string_view device_kind(std::int64_t device) {
    return device == k_host_device ? k_host : "cuda";
}

std::string device_name(std::int64_t device) {
    return device == k_host_device ? std::string(k_host) : std::to_string(device);
}

std::vector<std::string> device_names(std::span<const std::int64_t> devices) {
    std::vector<std::string> names;
    for (const std::int64_t device : devices) names.push_back(device_name(device));
    return names;
}

std::string device_label(std::int64_t device) {
    return device == k_host_device ? std::string(k_host) : "device " + std::to_string(device);
}

std::string device_title(std::int64_t device) {
    std::string title = device_label(device);
    title.front() = static_cast<char>(title.front() - 'a' + 'A');
    return title;
}

std::optional<std::int64_t> parse_device(std::string_view text) {
    if (text == k_host) return k_host_device;
    std::int64_t number = 0;
    const char* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, number);
    if (text.empty() || parsed.ptr != end || parsed.ec != std::errc() || number < k_host_device)
        return std::nullopt;
    return number;
}

}  // namespace snapq
