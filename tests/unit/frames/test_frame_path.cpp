#include "frames/frame_path.hpp"

#include "support/catch.hpp"

using snapq::frames::base_name;
using snapq::frames::FramePath;

namespace {

std::string joined(std::string_view filename) {
    const FramePath path(filename);
    return std::string(path.part(0, path.size()));
}

}  // namespace

TEST_CASE("A path is split into its components", "[frame_path]") {
    const FramePath path("/home/u/train.py");
    REQUIRE(path.size() == 3);
    CHECK(path[0] == "home");
    CHECK(path[2] == "train.py");
    CHECK(path.part(1, 2) == "u/train.py");
    CHECK(path.part(1, 3).empty());
    CHECK(path.absolute());
    CHECK_FALSE(path.windows());
}

TEST_CASE("Windows paths are in lower case with slashes", "[frame_path]") {
    CHECK(joined("D:\\Dev\\Net\\Model.PY") == "d:/dev/net/model.py");
    CHECK(joined("C:/Users/U/x.py") == "c:/users/u/x.py");
    CHECK(joined("\\\\Server\\Share\\x.py") == "server/share/x.py");
    CHECK(FramePath("C:\\x.py").absolute());
    CHECK_FALSE(FramePath("asyncio\\events.py").absolute());
    CHECK(joined("/Home/U/x.py") == "Home/U/x.py");
}

TEST_CASE("Dots and doubled separators are resolved", "[frame_path]") {
    CHECK(joined("/a/b/../c//./d.py") == "a/c/d.py");
    CHECK(joined("/a/../b.py") == "b.py");
    CHECK(joined("../b.py") == "../b.py");
    CHECK(joined("a/../../b.py") == "../b.py");
    CHECK(FramePath("").size() == 0);
    CHECK(FramePath("/").size() == 0);
}

TEST_CASE("The base name follows the last separator of either kind", "[frame_path]") {
    CHECK(base_name("/a/b.py") == "b.py");
    CHECK(base_name("C:\\a\\b.py") == "b.py");
    CHECK(base_name("b.py") == "b.py");
    CHECK(base_name("/a/").empty());
}
