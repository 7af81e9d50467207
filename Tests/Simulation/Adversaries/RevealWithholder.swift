/// Commits itself to prices like everyone, sees what the others reveal, and then keeps its own sheet to itself. Its
/// machine keeps to the rules; the malice is its price desk's.
///
/// Defeated by deadlines: the window closes without it (N12 of `Protocol/negotiation.md`), its weight does not count
/// and the result names it WITHHELD (N21); what is reckoned needs a share of the votes, not all of them (N22).
struct RevealWithholder: Adversary {
  var corruption: Corruption
}
