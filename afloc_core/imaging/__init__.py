"""From a file to a Radiograph: DICOM, PNG, JPEG, TIFF."""
