/* third/md4c includes <stdio.h> and asks nothing of it. */
