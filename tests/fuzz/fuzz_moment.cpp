// Parses any text as a moment.
#include "analysis/moment.hpp"
#include "fuzz/target.hpp"

SNAPQ_FUZZ_TARGET(moment, data, size) {
    using namespace snapq::analysis;
    try {
        const Moment moment = parse_moment(snapq::fuzz::text_of(data, size));
        snapq::fuzz::require(parse_moment(text_of(moment)) == moment,
                             "a moment's text is parsed to the same moment");
    } catch (const snapq::UsageError& error) {
        snapq::fuzz::require(!error.hint().empty(), "the error for a wrong moment lists the forms");
    }
    return 0;
}
