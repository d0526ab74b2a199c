#include "support/devices.hpp"

#include <set>
#include <vector>

#include "support/catch.hpp"

using namespace snapq;

TEST_CASE("Devices are written as numbers, and pinned host memory as host") {
    CHECK(device_name(0) == "0");
    CHECK(device_name(k_host_device) == "host");
    CHECK(device_label(17) == "device 17");
    CHECK(device_label(k_host_device) == "host");
    CHECK(device_title(17) == "Device 17");
    CHECK(device_title(k_host_device) == "Host");
    CHECK(device_names(std::vector<std::int64_t>{0, 3, k_host_device}) ==
          std::vector<std::string>{"0", "3", "host"});
    CHECK(device_kind(3) == "cuda");
    CHECK(device_kind(k_host_device) == "host");
}

TEST_CASE("A device is read from a number from 0, from host and from -1") {
    CHECK(parse_device("0") == 0);
    CHECK(parse_device("127") == 127);
    CHECK(parse_device("host") == k_host_device);
    CHECK(parse_device("-1") == k_host_device);
    for (const char* text : {"", "-2", "1x", "Host", "all", "1.0", "99999999999999999999"}) {
        CHECK_FALSE(parse_device(text));
    }
}

TEST_CASE("The host comes behind all other devices") {
    const std::set<std::int64_t, DeviceOrder> devices{k_host_device, 1, 0, 7};
    CHECK(std::vector<std::int64_t>(devices.begin(), devices.end()) ==
          std::vector<std::int64_t>{0, 1, 7, k_host_device});
}
