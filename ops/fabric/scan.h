// The beats of a map, row after row, in one loop: its pipeline need not run empty at the end of a row.
#ifndef SAPM_SCAN_H_
#define SAPM_SCAN_H_

#include "integers.h"

namespace sapm {

// A product of counts, or the largest int.
constexpr int trips(long long rows, long long beats) {
    return rows * beats > 2147483647LL ? 2147483647 : int(rows * beats);
}

// At most ROWS rows of at most BEATS beats: for (Scan<ROWS, BEATS> scan(rows, beats); !scan.done(); scan.next()).
template <int ROWS, int BEATS> class Scan {
  public:
    typedef typename counter<ROWS>::type row_T;
    typedef typename counter<BEATS>::type beat_T;
    static const int most = trips(ROWS, BEATS); // rounds of its loop, for reports

    Scan(int rows, int beats) : beats_(beats), rows_(beats > 0 ? rows : 0), beat_(0), first_(true) {}

    bool done() const { return rows_ <= 0; }
    bool is_first() const { return first_; }
    bool is_last() const { return rows_ == 1 && ends_row(); }
    bool ends_row() const { return beat_ == beats_ - 1; }
    beat_T beat() const { return beat_; } // of the row

    void next() {
        const bool last = ends_row();
        if (last)
            rows_ = rows_ - 1;
        beat_ = last ? beat_T(0) : beat_T(beat_ + 1);
        first_ = false;
    }

  private:
    beat_T beats_;
    row_T rows_; // that are left
    beat_T beat_;
    bool first_;
};

// The input of a layer, BEATS beats a pixel, for a picture of `height` rows and `width` columns.
template <typename CONFIG_T, int BEATS>
struct InputScan : public Scan<CONFIG_T::max_height, CONFIG_T::max_width * BEATS> {
    InputScan(int height, int width)
        : Scan<CONFIG_T::max_height, CONFIG_T::max_width * BEATS>(input_size<CONFIG_T>(height),
                                                                  input_size<CONFIG_T>(width) * BEATS) {}
};

} // namespace sapm

#endif
