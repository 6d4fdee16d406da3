"""What many people have today: every frame read, a frame difference, OCR through a temporary file.

    python3 plain_script.py TALK.mp4 FOLDER
"""

import os
import subprocess
import sys
import tempfile

import cv2

THRESHOLD = 8.0  # mean absolute difference of grey values, 0 to 255

talk, folder = sys.argv[1:3]
os.makedirs(folder, exist_ok=True)
video = cv2.VideoCapture(talk)
rate = video.get(cv2.CAP_PROP_FPS)
last = None
count = 0
index = 0
while True:
    there, frame = video.read()
    if not there:
        break
    grey = cv2.cvtColor(cv2.resize(frame, (480, 270)), cv2.COLOR_BGR2GRAY)
    if last is None or cv2.absdiff(grey, last).mean() > THRESHOLD:
        count += 1
        path = os.path.join(folder, f"slide_{count:04d}_{index / rate:.2f}s.jpg")
        cv2.imwrite(path, frame)
        with tempfile.NamedTemporaryFile(suffix=".png") as picture:
            cv2.imwrite(picture.name, frame)
            text = subprocess.run(["tesseract", picture.name, "-"], capture_output=True, text=True).stdout
        with open(path.replace(".jpg", ".txt"), "w") as out:
            out.write(text)
        last = grey
    index += 1
print(f"{count} slides in {index} frames")
