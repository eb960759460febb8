// Results of windows that took turns, group of output channels by group, back in the order of their pixels.
#ifndef SAPM_WINDOW_ORDER_H_
#define SAPM_WINDOW_ORDER_H_

#include "hls_stream.h"
#include "integers.h"
#include "offers.h"

namespace sapm {

// Sets of at most TURNS windows of a row, one after the other, with two counters that run through a set.
template <int TURNS> class WindowSets {
  public:
    WindowSets(int rows, int columns) : columns_(columns), rows_(rows), left_(columns), inner_(0), outer_(0) {}

    bool done() const { return rows_ == 0; }
    int windows() const { return left_ < TURNS ? left_ : TURNS; }
    int inner() const { return inner_; }
    int outer() const { return outer_; }
    bool ends_set(int inner, int outer) const { return inner_ == inner - 1 && outer_ == outer - 1; }

    // The next of `inner` by `outer` places of the set, or the next set.
    void next(int inner, int outer) {
        const bool ends_inner = inner_ == inner - 1;
        if (ends_set(inner, outer)) {
            const bool ends_row = left_ <= TURNS;
            left_ = ends_row ? columns_ : left_ - TURNS;
            rows_ -= ends_row;
            outer_ = 0;
        } else if (ends_inner) {
            outer_++;
        }
        inner_ = ends_inner ? 0 : inner_ + 1;
    }

  private:
    int columns_;
    int rows_; // that are left
    int left_; // windows of the row, from this set on
    int inner_, outer_;
};

// Two sets in turn: one is filled, window by window within a group, while the other leaves, group by group within a window.
template <class input_T, class output_T, typename CONFIG_T>
void order_windows(hls::stream<input_T> &x, hls::stream<output_T> &y, int height, int width) {
    static_assert(int(input_T::size) == int(output_T::size), "results keep their lanes");
    static const int turns = CONFIG_T::turns;
    static const int groups = CONFIG_T::in_channels / input_T::size;
    output_T sets[2][turns * groups];
    #pragma HLS ARRAY_PARTITION variable = sets complete dim = 1
    #pragma HLS AGGREGATE variable = sets
    const int rows = input_size<CONFIG_T>(height);
    const int columns = input_size<CONFIG_T>(width);
    WindowSets<turns> entering(rows, columns);
    WindowSets<turns> leaving(rows, columns);
    int full = 0;
    bool write_half = false, read_half = false;
Cycles:
    while (!leaving.done()) {
        #pragma HLS PIPELINE II = 1
        const bool gives = full > 0;
        const bool takes = full < 2 && !entering.done() && offers(x, !gives);
        if (gives) {
            y.write(sets[read_half][leaving.outer() * groups + leaving.inner()]);
            const bool last = leaving.ends_set(groups, leaving.windows());
            leaving.next(groups, leaving.windows());
            read_half ^= last;
            full -= last;
        }
        if (takes) {
            const input_T in = x.read();
            output_T out;
        Lanes:
            for (unsigned lane = 0; lane < input_T::size; lane++) {
                #pragma HLS UNROLL
                out[lane] = in[lane];
            }
            sets[write_half][entering.inner() * groups + entering.outer()] = out;
            const bool last = entering.ends_set(entering.windows(), groups);
            entering.next(entering.windows(), groups);
            write_half ^= last;
            full += last;
        }
    }
}

} // namespace sapm

#endif
