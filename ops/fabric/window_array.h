// Arrays of lanes at a window buffer: each takes the words of its windows one by one, group of output channels by group.
#ifndef SAPM_WINDOW_ARRAY_H_
#define SAPM_WINDOW_ARRAY_H_

#include "hls_stream.h"
#include "integers.h"
#include "weight_reader.h"

namespace sapm {

// The array of an operation: `pe` output channels side by side, each with an accumulator for every window in turn.
//   OPERATION::step<WIDTH, CONFIG_T>(sum, x, what a lane takes of a word of weights) -> sum modulo 2^WIDTH
// weights: see WeightReader, lanes in the order (output channel, kernel row, input channel); biases: (group, channel).
template <class OPERATION, class output_T, typename CONFIG_T, class weights_T, class biases_T> class WindowArray {
  public:
    typedef hls::stream<output_T> results_T;

    WindowArray() {
        #pragma HLS ARRAY_PARTITION variable = sums_ complete dim = 0
    }

    // Before the first window.
    void start(const weights_T &weights, const biases_T &biases) {
        #pragma HLS INLINE
        #pragma HLS ARRAY_RESHAPE variable = biases complete dim = 2
        WeightMemory<CONFIG_T::weights_in_blocks>::place(weights);
        reader_.fill(weights);
    }

    // Adds what the lanes make of a word of the window in turn: to its sums, or with the `first` word to the biases.
    template <class element_T>
    void step(const element_T (&elements)[CONFIG_T::rows * CONFIG_T::simd], const weights_T &weights,
              const biases_T &biases, int group, int phase, bool first) {
        #pragma HLS INLINE
        reader_.step(weights, phase);
    Outputs:
        for (int p = 0; p < pe; p++) {
            #pragma HLS UNROLL
            word_T sum = 0; // The accumulator comes last: one addition lies between a sum and the next.
        Lanes:
            for (int lane = 0; lane < lanes; lane++) {
                #pragma HLS UNROLL
                sum = OPERATION::template step<width, CONFIG_T>(sum, elements[lane],
                                                                reader_.lane(weights, p * lanes + lane));
            }
            const word_T before = first ? to_word<width>(biases[group][p]) : sums_[0][p];
        Interleaved: // The sums of the next window in turn come first.
            for (int next = 1; next < CONFIG_T::interleave; next++) {
                #pragma HLS UNROLL
                sums_[next - 1][p] = sums_[next][p];
            }
            sums_[CONFIG_T::interleave - 1][p] = before + sum;
        }
    }

    // Gives the results of the window that has just taken its last word.
    void finish(results_T &y) const {
        #pragma HLS INLINE
        output_T out;
    Outputs:
        for (int p = 0; p < pe; p++) {
            #pragma HLS UNROLL
            out[p] = sums_[CONFIG_T::interleave - 1][p];
        }
        y.write(out);
    }

  private:
    static const int width = output_T::value_type::width;
    static const int pe = output_T::size;
    static const int lanes = CONFIG_T::rows * CONFIG_T::simd;
    typedef typename word<width>::type word_T;

    WeightReader<weights_T, pe * lanes, CONFIG_T::interleave> reader_;
    word_T sums_[CONFIG_T::interleave][pe];
};

// In the place of a second array where there is one alone. An integer stands for its results, weights and biases.
struct NoArray {
    typedef const int results_T;

    void start(int, int) {
        #pragma HLS INLINE
    }

    template <class element_T, int LANES> void step(const element_T (&)[LANES], int, int, int, int, bool) {
        #pragma HLS INLINE
    }

    void finish(results_T &) const {
        #pragma HLS INLINE
    }
};

} // namespace sapm

#endif
