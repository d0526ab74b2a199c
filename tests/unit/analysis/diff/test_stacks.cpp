#include "analysis/diff/stacks.hpp"

#include "support/catch.hpp"

namespace snapq::analysis {
namespace {

const StableFiles k_files("");

TEST_CASE("a stack's text is named by its innermost Python frame") {
    const SidePart part = name_of_stack_text(
        "(0) ??:0:at::mm()\n(1) /a/model.py:7:forward\n(2) /a/train.py:9:main", false, k_files);
    CHECK(part.label == "a/model.py:7 forward");
    CHECK(part.fallback == "/a/model.py forward");
    CHECK(part.key.starts_with("/a/model.py forward #"));
}

TEST_CASE("moved lines and C++ frames do not change the key, functions and callers do") {
    const auto key = [](std::string_view text) { return name_of_stack_text(text, false, k_files).key; };
    const std::string first = key("/a/model.py:7:forward\n/a/train.py:9:main");
    CHECK(key("/a/model.py:8:forward\n/a/train.py:13:main") == first);
    CHECK(key("??:0:at::mm()\n/a/model.py:7:forward\n??:0:start\n/a/train.py:9:main") == first);
    CHECK(key("/a/model.py:7:backward\n/a/train.py:9:main") != first);
    CHECK(key("/a/model.py:7:forward\n/a/test.py:9:main") != first);
    CHECK(key("/a/model.py:7:forward") != first);
}

TEST_CASE("exactly, every line counts") {
    const auto key = [](std::string_view text) { return name_of_stack_text(text, true, k_files).key; };
    CHECK(key("/a/model.py:7:forward") == key("/a/model.py:7:forward"));
    CHECK(key("/a/model.py:7:forward") != key("/a/model.py:8:forward"));
    CHECK(key("/a/model.py:7:forward\n??:0:at::mm()") != key("/a/model.py:7:forward"));
}

TEST_CASE("paths of Windows and odd lines do not confuse it") {
    CHECK(name_of_stack_text("C:\\a\\model.py:7:forward", false, k_files).fallback ==
          "C:/a/model.py forward");
    CHECK(name_of_stack_text("", false, k_files).key == "[no stack]");
    CHECK(name_of_stack_text("", false, k_files).fallback.empty());
    CHECK(name_of_stack_text("nonsense\n\n(", false, k_files).label == "[no Python frame]");
    CHECK(name_of_stack_text("/a/model.py:7", false, k_files).label == "[no Python frame]");
}

}  // namespace
}  // namespace snapq::analysis
