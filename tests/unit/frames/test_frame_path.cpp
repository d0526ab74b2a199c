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

using namespace snapq::frames;

TEST_CASE("Filenames of notebook cells lose the process and the counter", "[notebook]") {
    CHECK(without_counters("/tmp/ipykernel_4711/169.py") == "/tmp/ipykernel/169.py");
    CHECK(without_counters("/tmp/xpython_4711/169.py") == "/tmp/xpython/169.py");
    CHECK(without_counters("/home/ada/.ipykernel/1234/command-5-6") == "/home/ada/.ipykernel/command-5-6");
    CHECK(without_counters("<ipython-input-12-1a2b3c4d5e6f>") == "<ipython-input-1a2b3c4d5e6f>");
    CHECK(without_counters("/tmp/ipython-input-4-3467281049.py") == "/tmp/ipython-input-3467281049.py");
    CHECK(without_counters("<ipython-input-12>") == "<ipython-input>");
    CHECK(without_counters("Cell In[12]") == "Cell In");
    CHECK(without_counters("Input In [3]") == "Input In");
}

TEST_CASE("Filenames that only look like notebook cells are kept", "[notebook]") {
    for (const std::string name :
         {"/tmp/ipykernel_x/169.py", "/tmp/ipykernel_", "/tmp/ipython-input-3467281049.py",
          "<ipython-input-ab>", "Cell In[]", "Cell In[12", "cell_12.py", ""}) {
        CHECK(without_counters(name) == name);
        CHECK_FALSE(counter_of_cell(name));
    }
}

TEST_CASE("A cell without a hash is told from others by its counter", "[notebook]") {
    CHECK(counter_of_cell("Cell In[12]") == 12);
    CHECK(counter_of_cell("Input In [3]") == 3);
    CHECK(counter_of_cell("<ipython-input-7>") == 7);
    CHECK_FALSE(counter_of_cell("<ipython-input-12-1a2b3c4d5e6f>"));
    CHECK_FALSE(counter_of_cell("/tmp/ipykernel_4711/169.py"));
    CHECK_FALSE(counter_of_cell("Cell In[99999999999999999999]"));
}
