// The numbers of devices, and how people and command lines write them.
//
// PyTorch counts its accelerators from 0. Pinned host memory has an allocator of its own and no number there;
// snapq gives it the number -1, which sorts after all others.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace snapq {

inline constexpr std::int64_t k_host_device = -1;

// For std::sort and ordered containers: accelerators by their number, then the host. In SQL: `device < 0,
// device`.
struct DeviceOrder {
    bool operator()(std::int64_t a, std::int64_t b) const {
        return static_cast<std::uint64_t>(a) < static_cast<std::uint64_t>(b);
    }
};

// "host", or "cuda" for every accelerator, because a snapshot does not say which kind it is.
[[nodiscard]] std::string_view device_kind(std::int64_t device);

// "3" or "host".
[[nodiscard]] std::string device_name(std::int64_t device);

[[nodiscard]] std::vector<std::string> device_names(std::span<const std::int64_t> devices);

// "device 3" or "host".
[[nodiscard]] std::string device_label(std::int64_t device);
// "Device 3" or "Host", at the beginning of a sentence.
[[nodiscard]] std::string device_title(std::int64_t device);

// Reads "3", "host" or "-1"; nullopt for any other text.
[[nodiscard]] std::optional<std::int64_t> parse_device(std::string_view text);

}  // namespace snapq
