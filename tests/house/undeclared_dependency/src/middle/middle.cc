int lower();

int middle() {
  return lower() + 1;
}
