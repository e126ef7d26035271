image_tar() { :; }
