// Reading a snapshot in pieces of any size gives the same result, or the same error, as reading it as a
// whole.
#include "fuzz/target.hpp"
#include "input/sniff.hpp"
#include "support/decoding.hpp"

namespace {

using snapq::tests::Form;
using snapq::tests::Lines;

Lines contents(Form form, const std::string& bytes, std::size_t piece) {
    Lines lines;
    try {
        lines = snapq::tests::lines_of(form, bytes, piece);
    } catch (const snapq::InputError& error) {
        lines = {error.what()};
    }
    return lines;
}

}  // namespace

SNAPQ_FUZZ_TARGET(pieces, data, size) {
    const std::string bytes = snapq::fuzz::text_of(data, size);
    const bool is_json = snapq::input::sniff(bytes.substr(0, snapq::input::k_sniff_bytes)).kind ==
                         snapq::input::FileKind::json;
    const Form form = is_json ? Form::json : Form::pickle;
    const Lines whole = contents(form, bytes, snapq::tests::k_whole);
    for (const std::size_t piece : {1U, 7U, 4096U}) {
        snapq::fuzz::require(contents(form, bytes, piece) == whole, "the size of pieces does not matter");
    }
    return 0;
}
