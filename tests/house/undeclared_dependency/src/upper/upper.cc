int lower();
int middle();

int upper() {
  return lower() + middle();
}
