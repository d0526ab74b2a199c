// abbreviate(text) in SQL, for the program's own questions to a stranger's database: what support/brief.hpp
// makes of it. A row's long texts are then in memory one after the other, and not all together.
#pragma once

struct sqlite3;

namespace snapq::archive::sqlite {

void add_abbreviate(sqlite3* connection);

}  // namespace snapq::archive::sqlite
