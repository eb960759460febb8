// Results of interleaved windows, group of output channels by group, back in the order of their pixels.
#ifndef SAPM_WINDOW_ORDER_H_
#define SAPM_WINDOW_ORDER_H_

#include "hls_stream.h"
#include "integers.h"
#include "offers.h"
#include "packed.h"

namespace sapm {

// Sets of at most INTERLEAVE windows of a row, GROUPS results of each, which lie side by side in a set: window by window within a
// group (BY_GROUP), or group by group within a window.
template <int ROWS, int COLUMNS, int INTERLEAVE, int GROUPS, bool BY_GROUP> class ResultWalk {
  public:
    typedef typename counter<INTERLEAVE * GROUPS>::type place_T;

    ResultWalk(int rows, int columns)
        : rows_(rows), columns_(columns), left_(columns), phase_(0), group_(0), start_(0), place_(0) {}

    bool done() const { return rows_ == 0; }
    bool ends_set() const { return last_phase() && last_group(); }
    place_T place() const { return place_; }

    void next() {
        const bool set = ends_set(), row = set && left_ <= INTERLEAVE;
        const bool strides = BY_GROUP ? last_phase() : last_group(); // from the start of the group, or window, to the next
        if (strides)
            start_ = set ? 0 : int(start_ + (BY_GROUP ? 1 : GROUPS));
        place_ = strides ? start_ : place_T(place_ + (BY_GROUP ? GROUPS : 1));
        const bool steps_phase = BY_GROUP || last_group(), steps_group = !BY_GROUP || last_phase();
        const int phase = last_phase() ? 0 : int(phase_ + 1), group = last_group() ? 0 : int(group_ + 1);
        if (steps_phase)
            phase_ = phase;
        if (steps_group)
            group_ = group;
        if (set)
            left_ = row ? int(columns_) : int(left_ - INTERLEAVE);
        if (row)
            rows_ = rows_ - 1;
    }

  private:
    bool last_phase() const { return phase_ == INTERLEAVE - 1 || phase_ == left_ - 1; }
    bool last_group() const { return group_ == GROUPS - 1; }

    typename counter<ROWS>::type rows_;              // that are left
    typename counter<COLUMNS>::type columns_, left_; // of a row, and of this one from the set on
    typename counter<INTERLEAVE>::type phase_;
    typename counter<GROUPS>::type group_;
    place_T start_, place_;
};

// Two sets in turn: one is filled, window by window within a group, while the other leaves, group by group within a window.
template <class input_T, class output_T, typename CONFIG_T>
void order_windows(hls::stream<input_T> &x, hls::stream<output_T> &y, int height, int width) {
    static_assert(int(input_T::size) == int(output_T::size), "results keep their lanes");
    static const int interleave = CONFIG_T::interleave;
    static const int groups = CONFIG_T::in_channels / input_T::size;
    typedef Packed<output_T> packed_T;
    typename packed_T::word_T sets[2][interleave * groups];
    #pragma HLS ARRAY_PARTITION variable = sets complete dim = 1
    const int rows = input_size<CONFIG_T>(height);
    const int columns = input_size<CONFIG_T>(width);
    ResultWalk<CONFIG_T::max_height, CONFIG_T::max_width, interleave, groups, true> entering(rows, columns);
    ResultWalk<CONFIG_T::max_height, CONFIG_T::max_width, interleave, groups, false> leaving(rows, columns);
    typename counter<2>::type full = 0;
    bool write_half = false, read_half = false;
Cycles:
    while (!leaving.done()) {
        #pragma HLS PIPELINE II = 1 style = flp
        const bool gives = full > 0;
        const bool takes = full < 2 && !entering.done() && offers(x, !gives);
        if (gives) {
            y.write(packed_T::unpack(packed_T::read(sets[read_half][leaving.place()])));
            const bool last = leaving.ends_set();
            leaving.next();
            read_half ^= last;
            full -= int(last);
        }
        if (takes) {
            const input_T in = x.read();
            output_T out;
        Lanes:
            for (unsigned lane = 0; lane < input_T::size; lane++) {
                #pragma HLS UNROLL
                out[lane] = in[lane];
            }
            sets[write_half][entering.place()] = packed_T::pack(out);
            const bool last = entering.ends_set();
            entering.next();
            write_half ^= last;
            full += int(last);
        }
    }
}

} // namespace sapm

#endif
