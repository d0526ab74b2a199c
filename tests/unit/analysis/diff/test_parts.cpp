#include "analysis/diff/parts.hpp"
#include "support/catch.hpp"

namespace snapq::analysis {
namespace {

const StableFiles k_files("");

TEST_CASE("a stack's text is named by its site") {
    const SidePart part = name_of_stack_text(
        "(0) ??:0:at::mm()\n(1) /a/model.py:7:forward\n(2) /a/train.py:9:main", false, k_files);
    CHECK(part.label == "a/model.py:7 forward");
    CHECK(part.fallback == "/a/model.py forward");
    CHECK(part.key.starts_with("/a/model.py forward #"));
}

TEST_CASE("a stack's text without a site is named by its innermost Python frame") {
    const std::string_view torch =
        "/v/site-packages/torch/nn/functional.py:7:linear\n/v/site-packages/torch/_tensor.py:9:f";
    CHECK(name_of_stack_text(torch, false, k_files).label == "nn/functional.py:7 linear");
    const std::string user = std::string(torch) + "\n/a/model.py:7:forward\n/a/train.py:9:main";
    CHECK(name_of_stack_text(user, false, k_files).label == "a/model.py:7 forward");
}

TEST_CASE("the key changes with functions and callers, not with line numbers and C++ frames") {
    const auto key = [](std::string_view text) { return name_of_stack_text(text, false, k_files).key; };
    const std::string first = key("/a/model.py:7:forward\n/a/train.py:9:main");
    CHECK(key("/a/model.py:8:forward\n/a/train.py:13:main") == first);
    CHECK(key("??:0:at::mm()\n/a/model.py:7:forward\n??:0:start\n/a/train.py:9:main") == first);
    CHECK(key("/a/model.py:7:backward\n/a/train.py:9:main") != first);
    CHECK(key("/a/model.py:7:forward\n/a/test.py:9:main") != first);
    CHECK(key("/a/model.py:7:forward") != first);
}

TEST_CASE("with exact, every line of the text counts") {
    const auto key = [](std::string_view text) { return name_of_stack_text(text, true, k_files).key; };
    CHECK(key("/a/model.py:7:forward") == key("/a/model.py:7:forward"));
    CHECK(key("/a/model.py:7:forward") != key("/a/model.py:8:forward"));
    CHECK(key("/a/model.py:7:forward\n??:0:at::mm()") != key("/a/model.py:7:forward"));
}

TEST_CASE("paths of Windows and malformed lines are handled") {
    CHECK(name_of_stack_text("C:\\a\\model.py:7:forward", false, k_files).fallback ==
          "C:/a/model.py forward");
    CHECK(name_of_stack_text("", false, k_files).key == "[no stack]");
    CHECK(name_of_stack_text("", false, k_files).fallback.empty());
    CHECK(name_of_stack_text("nonsense\n\n(", false, k_files).label == "[no Python frame]");
    CHECK(name_of_stack_text("/a/model.py:7", false, k_files).label == "[no Python frame]");
}

}  // namespace

}  // namespace snapq::analysis
