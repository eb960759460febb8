// The beats of a map, row after row, in one loop: its pipeline need not run empty at the end of a row.
#ifndef SAPM_SCAN_H_
#define SAPM_SCAN_H_

namespace sapm {

// `rows` rows of `beats` beats: for (Scan scan(rows, beats); !scan.done(); scan.next()).
class Scan {
  public:
    Scan(int rows, int beats) : beats_(beats), rows_(beats > 0 ? rows : 0), beat_(0), first_(true) {}

    bool done() const { return rows_ <= 0; }
    bool is_first() const { return first_; }
    bool is_last() const { return rows_ == 1 && ends_row(); }
    bool ends_row() const { return beat_ == beats_ - 1; }
    int beat() const { return beat_; } // of the row

    void next() {
        rows_ -= ends_row();
        beat_ = ends_row() ? 0 : beat_ + 1;
        first_ = false;
    }

  private:
    int beats_;
    int rows_; // that are left
    int beat_;
    bool first_;
};

} // namespace sapm

#endif
